import { expect } from 'chai';
import { createSaleBook, type SaleBook } from './sale-book';

const SOLD = { status: 201, body: '{"order_id":"1"}' };
const SOLD_OUT = { status: 409, body: '{"code":"out_of_stock"}' };

/** Sends at 0 and gets each answer at its time. */
function saleOf(...answers: [answer: { status: number; body: string }, at: number][]): SaleBook {
  const book = createSaleBook(answers.length);
  answers.forEach(([answer, at], buyer) => {
    book.sent(buyer, 0);
    book.answered(buyer, answer, at);
  });
  return book;
}

describe('the book of a sale', () => {
  it('given more buyers than units, then sales and refusals are counted, and the rate is that until the last sale', () => {
    const book = saleOf([SOLD, 100], [SOLD_OUT, 2_500], [SOLD, 2_000], [SOLD_OUT, 4_000]);
    const { sold, soldOut, seconds, perSecond, latency, soldOutLatency } = book.figures(2);
    expect({ sold, soldOut, seconds, perSecond }).to.deep.equal({
      sold: 2,
      soldOut: 2,
      seconds: 2,
      perSecond: 1,
    });
    expect([latency.p50, latency.max, soldOutLatency.p50]).to.deep.equal([100, 2_000, 2_500]);
    expect(book.undecided()).to.deep.equal([]);
  });

  it('given more sales than units are measured, then the first of them are measured and all are counted', () => {
    const { sold, seconds, latency } = saleOf([SOLD, 300], [SOLD, 100], [SOLD, 200]).figures(2);
    expect({ sold, seconds, most: latency.max }).to.deep.equal({ sold: 3, seconds: 0.2, most: 200 });
  });

  it('given answers that decide nothing, then they are counted by kind, and these buyers are undecided', () => {
    const running = { status: 409, body: '{"code":"request_in_progress"}' };
    const book = saleOf([SOLD, 1], [running, 2], [{ status: 503, body: '' }, 3]);
    book.sent(1, 4);
    expect(book.undecided()).to.deep.equal([1, 2]);
    expect(book.figures(1).kinds).to.deep.equal({ '409': 1, '503': 1, repeated: 1 });
  });

  it('given a buyer who asked again, then the time counts from the first request', () => {
    const book = createSaleBook(1);
    book.sent(0, 10);
    book.sent(0, 50);
    book.answered(0, SOLD, 70);
    expect(book.figures(1).latency.p50).to.equal(60);
  });

  it('given a buyer whose request was never sent, then the buyer is undecided', () => {
    expect(createSaleBook(2).undecided()).to.deep.equal([0, 1]);
  });
});
