import { listensOn } from '../processes/port-holder';

/** What is wrong with a server of ours: it must be its own process that listens on the port, and it must answer there. */
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
