import { once } from 'node:events';
import { createServer } from 'node:net';
import { OperatorError } from '../operator-error';
import { portHolder } from './port-holder';

const COMMAND_SHOWN = 80;

/**
 * Makes sure that a server could listen on this port now.
 * @throws OperatorError that names the port, who holds it, and the variable that changes it
 */
export async function ensurePortFree(host: string, port: number, variable: string): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
    await once(server.close(), 'close');
  } catch (cause) {
    throw new OperatorError(refusal(port, variable, cause as NodeJS.ErrnoException));
  }
}

function refusal(port: number, variable: string, { code, message }: NodeJS.ErrnoException): string {
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
