import { expect } from 'chai';
import fc from 'fast-check';
import {
  isMailAddress,
  MAIL_ADDRESS_PATTERN,
  parseMailbox,
} from '../../../src/order-service/notifications/domain/mail-address';
import { renderLowStockMail } from '../../../src/order-service/notifications/domain/low-stock-mail';
import { settlementOf } from '../../../src/order-service/notifications/domain/settle-mail';
import { failureOf } from '../../../src/order-service/notifications/smtp-failure';
import { createSendingPause } from '../../../src/order-service/notifications/workers/sending-pause';
import { RETRY_DELAYS_MS } from '../../../src/order-service/webhooks/domain/retry-schedule';

const CONTENT = {
  productId: '01a1fc42-fc03-72fd-b531-1111a4fbee18',
  sku: 'LAMP-1',
  name: 'Desk lamp',
  onHand: 4,
  reserved: 1,
  available: 3,
  threshold: 5,
  occurredAt: '2026-11-21T04:00:10.755Z',
};

describe('addresses of mails', () => {
  it('given usual addresses, then they are accepted', () => {
    for (const address of [
      'a@b.example',
      'first.last+tag@sub.shop-1.example',
      "o'neil@shop.example",
      'x_y=z@1.example',
    ])
      expect(isMailAddress(address), address).to.equal(true);
  });

  it('given any text that the pattern accepts, then it has no character that ends a command, a header or an address', () => {
    fc.assert(
      fc.property(fc.stringMatching(new RegExp(MAIL_ADDRESS_PATTERN)), (address) => {
        expect(address).not.to.match(/[\s\p{Cc}<>,;:"()[\]\\]/u);
      }),
    );
  });

  it('given a sender, then its name and address are read; line breaks and quotes are refused', () => {
    expect(parseMailbox('orders@shop.example')).to.deep.equal({ name: '', address: 'orders@shop.example' });
    expect(parseMailbox('<o@localhost>')).to.deep.equal({ name: '', address: 'o@localhost' });
    expect(parseMailbox('Shop, orders <o@shop.example>')).to.deep.equal({
      name: 'Shop, orders',
      address: 'o@shop.example',
    });
    for (const text of [
      '',
      'Shop',
      'a\r\nBcc: b@c.example <a@b.example>',
      '"x" <a@b.example>',
      'a@b.example, c@d.example',
      '<a@b.example',
    ])
      expect(parseMailbox(text), text).to.equal(null);
  });
});

describe('the mail about low stock', () => {
  it('given a product, then subject and texts name it with its quantities', () => {
    const { subject, text, html } = renderLowStockMail(CONTENT);
    expect(subject).to.equal('Low stock: Desk lamp (LAMP-1): 3 available, threshold 5');
    for (const fact of [
      'Product: Desk lamp',
      'SKU: LAMP-1',
      'Available: 3',
      'Low-stock threshold: 5',
      'On hand: 4',
      'Reserved: 1',
    ])
      expect(text).to.contain(`${fact}\n`);
    expect(html).to.contain('<th align="left">Available</th><td>3</td>');
  });

  it('given a product without a known name, then it has its SKU', () => {
    expect(renderLowStockMail({ ...CONTENT, name: null }).subject).to.equal(
      'Low stock: LAMP-1: 3 available, threshold 5',
    );
  });

  it('given any name and SKU, then the subject is one line of limited length, and the HTML has no element of them', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constant('x\r\nBcc: all@shop.example\r\n\r\n<img src=x onerror=alert(1)>'),
        ),
        (sku, name) => {
          const { subject, html } = renderLowStockMail({ ...CONTENT, sku, name });
          expect(subject).not.to.match(/[\p{Cc}\u2028\u2029]/u);
          expect([...subject].length).to.be.below(200);
          expect([CONTENT.name, null].map(tags)).to.include(html.split('<').length);
        },
      ),
    );
  });
});

/** The number of tags in the HTML of a product with that name. */
const tags = (name: string | null): number => renderLowStockMail({ ...CONTENT, name }).html.split('<').length;

describe('the result of an attempt', () => {
  const kindOf = (error: object) => failureOf(Object.assign(new Error('x'), error)).kind;

  it('given a reply to the recipient or to the message, then it concerns the mail: 5xx is final, 4xx is not', () => {
    for (const command of ['RCPT TO', 'DATA']) {
      expect(kindOf({ code: 'EENVELOPE', responseCode: 550, command })).to.equal('refused');
      expect(kindOf({ code: 'EENVELOPE', responseCode: 451, command })).to.equal('deferred');
    }
  });

  it('given any other failure, then it concerns the server', () => {
    for (const error of [
      { code: 'ECONNECTION', command: 'CONN' },
      { code: 'EAUTH', responseCode: 535, command: 'AUTH PLAIN' },
      { code: 'EENVELOPE', responseCode: 550, command: 'MAIL FROM' },
      { code: 'EPROTOCOL', responseCode: 554, command: 'CONN' },
      { code: 'EENVELOPE', responseCode: 421, command: 'RCPT TO' },
      {},
    ])
      expect(kindOf(error), JSON.stringify(error)).to.equal('unavailable');
    expect(failureOf(null).kind).to.equal('unavailable');
  });

  it('given a failure of the connection, then its text contains no address', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:587'), { code: 'ECONNREFUSED' });
    expect(failureOf(error)).to.deep.equal({
      kind: 'unavailable',
      error: 'the mail server cannot be reached',
    });
  });

  it('given a reply of many lines, then the text is one line of limited length', () => {
    const response = `550-5.1.1 no\r\n550 such\tuser ${'x'.repeat(1_000)}`;
    const { error } = failureOf({ responseCode: 550, command: 'RCPT TO', response });
    expect(error).to.match(/^the mail server answered: 550-5\.1\.1 no 550 such user x+$/);
    expect(error.length).to.be.below(350);
  });

  it('given failures, then the mail is repeated by the schedule, and fails after its end or after a permanent refusal', () => {
    const deferred = { kind: 'deferred', error: 'e' } as const;
    for (const [tries, delayMs] of RETRY_DELAYS_MS.entries())
      expect(settlementOf({ tries }, deferred, 0)).to.deep.equal({ status: 'pending', delayMs, error: 'e' });
    expect(settlementOf({ tries: RETRY_DELAYS_MS.length }, deferred, 0).status).to.equal('failed');
    expect(settlementOf({ tries: 0 }, { kind: 'refused', error: 'e' }, 0)).to.deep.equal({
      status: 'failed',
      error: 'e',
    });
    expect(settlementOf({ tries: 5 }, { kind: 'sent' }, 0)).to.deep.equal({ status: 'sent' });
  });
});

describe('the pause after failures of the mail server', () => {
  it('given failures one after the other, then the pause doubles up to five minutes, and one mail tests the server', () => {
    let now = 0;
    const pause = createSendingPause(() => now);
    expect([pause.remainingMs(), pause.limit(5)]).to.deep.equal([0, 5]);
    const pauses = Array.from({ length: 8 }, () => {
      pause.failed(now);
      const ms = pause.remainingMs();
      now += ms;
      return ms / 1_000;
    });
    expect(pauses).to.deep.equal([5, 10, 20, 40, 80, 160, 300, 300]);
    expect([pause.remainingMs(), pause.limit(5), pause.isFailing]).to.deep.equal([0, 1, true]);
    pause.succeeded();
    expect([pause.limit(5), pause.isFailing]).to.deep.equal([5, false]);
  });

  it('given mails that were sent at the same time, then their failures count once', () => {
    let now = 100;
    const pause = createSendingPause(() => now);
    now = 200;
    for (let mail = 0; mail < 5; mail += 1) pause.failed(100);
    expect(pause.remainingMs()).to.equal(5_000);
  });
});
