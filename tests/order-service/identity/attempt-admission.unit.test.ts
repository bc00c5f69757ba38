import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { type Request, type Response } from 'express';
import { createAttemptAdmission } from '../../../src/order-service/identity/routes/attempt-admission';
import { type OverloadedError } from '../../../src/shared/resilience/bounded-work';
import { eventually } from '../../support/eventually';

describe('the admission of attempts to authenticate', () => {
  let admitted: string[];
  let refused: string[];
  let reasons: string[];
  beforeEach(() => {
    admitted = [];
    refused = [];
    reasons = [];
  });

  const BUSY_MS = 20;
  const busy = () =>
    createAttemptAdmission({
      onRefused: (error) => reasons.push((error as OverloadedError).reason),
      knownForMs: 60_000,
      pace: () => BUSY_MS,
    });

  function attempt({ admit }: ReturnType<typeof busy>, address: string, authorization?: string) {
    const res = Object.assign(new EventEmitter(), { closed: false });
    const request = { ip: address, res, socket: { destroyed: false }, get: () => authorization };
    const [passed, failed] = [admitted, refused];
    void admit(request as unknown as Request, {} as Response, (error?: unknown) =>
      (error === undefined ? passed : failed).push(address),
    );
    return { disconnect: () => res.emit('close') };
  }
  const flood = (admission: ReturnType<typeof busy>, count: number) =>
    Array.from({ length: count }, () => attempt(admission, '10.0.0.1'));

  it('given a process with time to spare, then attempts are admitted at once', async () => {
    flood(createAttemptAdmission({ onRefused: () => undefined, knownForMs: 60_000, pace: () => 0 }), 50);
    await eventually(() => expect(admitted).to.have.length(50));
  });

  it('given a flood of one address on a busy process, then an attempt of another address is the next one', async () => {
    const admission = busy();
    flood(admission, 40);
    attempt(admission, '10.0.0.2');
    const atOnce = admitted.length;
    expect(atOnce).to.be.below(40);
    await eventually(() => expect(admitted).to.include('10.0.0.2'));
    expect(admitted.indexOf('10.0.0.2')).to.be.at.most(atOnce + 1);
    await eventually(() => expect(admitted).to.have.length(41));
  });

  it('given an address from which a client has authenticated, or a bearer token, then the attempt does not wait', () => {
    const admission = busy();
    flood(admission, 40);
    admission.succeeded('10.0.0.3');
    attempt(admission, '10.0.0.3');
    attempt(admission, '10.0.0.4', 'Bearer token');
    expect(admitted.slice(-2)).to.deep.equal(['10.0.0.3', '10.0.0.4']);
  });

  it('given a caller that disconnects while it waits, then its attempt is dropped', async () => {
    const admission = busy();
    flood(admission, 20);
    attempt(admission, '10.0.0.5').disconnect();
    await eventually(() => expect([refused, reasons]).to.deep.equal([['10.0.0.5'], ['caller_gone']]));
    await eventually(() => expect(admitted).to.have.length(20));
    expect(admitted).not.to.include('10.0.0.5');
  });

  it('given more waiting attempts of one address than the limit, then the surplus is refused at once', async () => {
    flood(busy(), 600);
    await eventually(() => expect(refused).to.have.length.within(90, 100));
  });
});
