import { expect } from 'chai';
import { isBlockedPort } from '../../scripts/system/processes/blocked-ports';
import { freePorts } from '../support/free-ports';

const PORTS = Array.from({ length: 65_535 }, (_, index) => index + 1);
const NOT_SENT = 'not sent';
const SENDS_NOTHING = {
  dispatch() {
    throw new Error(NOT_SENT);
  },
};

describe('ports that are blocked for HTTP', () => {
  it('given every port, then fetch refuses exactly the blocked ones', async () => {
    const refused = [];
    for (const port of PORTS) if (await isRefusedByFetch(port)) refused.push(port);

    expect(refused).to.deep.equal(PORTS.filter(isBlockedPort));
  });

  it('given many free ports, then none is blocked', async () => {
    expect((await freePorts(200)).filter(isBlockedPort)).to.deep.equal([]);
  });
});

/** Nothing is connected to: the request ends at the check of its port, or at a dispatcher that sends nothing. */
async function isRefusedByFetch(port: number): Promise<boolean> {
  const fault: unknown = await fetch(`http://127.0.0.1:${String(port)}`, {
    dispatcher: SENDS_NOTHING,
  } as unknown as RequestInit).catch((error: unknown) => error);
  const { cause } = fault as { cause: Error };
  expect(cause.message).to.be.oneOf(['bad port', NOT_SENT]);
  return cause.message === 'bad port';
}
