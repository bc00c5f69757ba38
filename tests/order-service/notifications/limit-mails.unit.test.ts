import { expect } from 'chai';
import { limitMails, subjectKey } from '../../../src/order-service/notifications/domain/limit-mails';
import { type NewMail } from '../../../src/order-service/notifications/domain/mail';

const mail = (subjectId: string, recipient = 'a@shop.example', owner = 'shop') =>
  ({ owner, subjectId, recipient }) as NewMail;
const none = { recent: new Set<string>(), counts: new Map<string, number>() };

describe('the limits of mails', () => {
  it('given several mails about a product to a recipient, then the first one is kept', () => {
    const [first, second, other] = [mail('lamp'), mail('lamp'), mail('lamp', 'b@shop.example')];
    const { kept, repeated } = limitMails([first, second, other], none, 10);
    expect(kept).to.have.ordered.members([first, other]);
    expect(repeated).to.equal(1);
  });

  it('given a recent mail about a product to a recipient, then others are kept', () => {
    const [lamp, vase] = [mail('lamp'), mail('vase')];
    const { kept, repeated } = limitMails([lamp, vase], { ...none, recent: new Set([subjectKey(lamp)]) }, 10);
    expect([kept, repeated]).to.deep.equal([[vase], 1]);
  });

  it('given the daily limit of an owner, then its further mails are counted, and those of others are kept', () => {
    const mails = [mail('a'), mail('b'), mail('c'), mail('d', 'x@other.example', 'other')];
    const { kept, overLimit } = limitMails(mails, { ...none, counts: new Map([['shop', 2]]) }, 3);
    expect(kept.map(({ subjectId }) => subjectId)).to.deep.equal(['a', 'd']);
    expect([...overLimit]).to.deep.equal([['shop', 2]]);
  });
});
