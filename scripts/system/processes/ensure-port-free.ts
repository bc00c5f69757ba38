import { once } from 'node:events';
import { createServer } from 'node:net';
import { OperatorError } from '../operator-error';
import { portHolder } from './port-holder';

const COMMAND_SHOWN = 80;

/**
 * Checks that a server can listen on this port.
 * @throws OperatorError that names the port, its holder and the variable to change; or HOST, when the address cannot be used
 */
export async function ensurePortFree(host: string, port: number, variable: string): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
    await once(server.close(), 'close');
  } catch (cause) {
    throw new OperatorError(refusal({ host, port, variable }, cause as NodeJS.ErrnoException));
  }
}

const HOST_FAULTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name has no address',
  EAI_AGAIN: 'the host name has no address',
  EADDRNOTAVAIL: 'it is not an address of this machine',
};

function refusal(
  { host, port, variable }: { host: string; port: number; variable: string },
  { code = '', message }: NodeJS.ErrnoException,
): string {
  const ofHost = HOST_FAULTS[code];
  if (ofHost !== undefined)
    return `Nothing can listen on ${host} (${ofHost}): set HOST to an address of this machine.`;
  if (code === 'EACCES')
    return `Port ${String(port)} cannot be used (ports below 1024 need more privileges): set ${variable} to another port.`;
  if (code !== 'EADDRINUSE') return `Port ${String(port)} cannot be used (${message}): change ${variable}.`;
  const holder = portHolder(port);
  const who =
    holder === null
      ? 'a process of another user'
      : `pid ${String(holder.pid)} (${shortened(holder.command)})`;
  return `Port ${String(port)} is taken by ${who}: stop it, or set ${variable} to another port.`;
}

function shortened(command: string): string {
  return command.length <= COMMAND_SHOWN ? command : `${command.slice(0, COMMAND_SHOWN)}…`;
}
