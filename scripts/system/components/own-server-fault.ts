import { listensOn } from '../processes/port-holder';

/** The fault of a server of this copy: its own process must listen on the port and answer there. */
export async function ownServerFault(
  pid: number | null,
  port: number,
  silence: () => Promise<string | null>,
): Promise<string | null> {
  if (pid !== null && listensOn(pid, port) === false)
    return `its process (pid ${String(pid)}) does not listen on port ${String(port)}`;
  const reason = await silence();
  return reason === null ? null : `does not answer on port ${String(port)} (${reason})`;
}
