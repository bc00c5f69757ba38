import { expect } from 'chai';
import fc from 'fast-check';
import { restoreShipment } from '../../../src/delivery-service/domain/restore-shipment';
import { alignWithShipment } from '../../../src/order-service/orders/domain/align-with-shipment';
import {
  compareWithShipment,
  stateOf,
  type Verdict,
} from '../../../src/order-service/orders/domain/compare-shipment';
import { reportedShipmentOf } from '../../../src/order-service/orders/domain/reported-shipment';
import { relationOf } from '../../../src/shared/contracts/status-machines';
import { IllegalTransitionError } from '../../../src/shared/errors';
import {
  afterStep,
  continued,
  followed,
  happenings,
  placedOrder,
  resourceOf,
  restoredTo,
  shipmentAfter,
  viewOf,
  withStep,
  type OrderBook,
  type ShipmentBook,
} from '../../support/shipment-histories';

const NOW = new Date('2026-01-02T03:04:05.000Z');
const CONTRADICTIONS: Verdict[] = ['different_end', 'different_way', 'cannot_follow'];

/** The steps of a shipment, how many of them the order has applied, how many a backup has, and the steps after the restore. */
const scenes = fc.record({ past: happenings, applied: fc.nat(13), kept: fc.nat(13), since: happenings });

interface Books {
  orders: OrderBook;
  shipments: ShipmentBook | null;
}

function booksOf({
  past,
  applied,
  kept,
  since,
}: typeof scenes extends fc.Arbitrary<infer T> ? T : never): Books {
  const before = shipmentAfter(past);
  const orders = followed(placedOrder(), before.messages.slice(0, applied));
  const restored = restoredTo(before, kept);
  return { orders, shipments: restored && continued(restored, since) };
}

const verdictOf = ({ orders, shipments }: Books): Verdict =>
  compareWithShipment(viewOf(orders), resourceOf(shipments));

/** Applies the repair for the verdict like the services, without databases. */
function repaired({ orders, shipments }: Books): Books {
  const verdict = verdictOf({ orders, shipments });
  if (verdict === 'ahead') return withTold({ orders, shipments });
  if (verdict === 'renumbered') return aligned(orders, shipments!);
  if (verdict !== 'behind') return { orders, shipments };
  try {
    const missing = shipments!.messages.slice(orders.order.shipmentVersion);
    return { orders: followed(orders, missing), shipments };
  } catch (error) {
    if (!(error instanceof IllegalTransitionError)) throw error;
    return aligned(orders, shipments!);
  }
}

function withTold({ orders, shipments }: Books): Books {
  const reported = reportedShipmentOf(viewOf(orders), orders.log);
  // Only its acceptance was published: ORDER_CREATED is sent again and creates a new shipment.
  if (!reported) return { orders, shipments: shipments ?? shipmentAfter([]) };
  const log = shipments?.messages ?? [];
  const restoration = restoreShipment(shipments?.shipment ?? null, log, reported, 0);
  expect(restoration.outcome).to.be.oneOf(['restored', 'unchanged']);
  if (restoration.outcome !== 'restored') return aligned(orders, shipments!);
  const empty: ShipmentBook = { shipment: restoration.steps[0]!.shipment, messages: [] };
  return { orders, shipments: restoration.steps.reduce(afterStep, shipments ?? empty) };
}

function aligned(orders: OrderBook, shipments: ShipmentBook): Books {
  const step = alignWithShipment(orders.order, viewOf(orders).attempts, shipments.messages, NOW);
  expect(step, 'the state of the order is in the event log of its shipment').to.not.equal(null);
  const so = withStep(orders, step!);
  return { orders: followed(so, shipments.messages.slice(so.order.shipmentVersion)), shipments };
}

describe('an order compared with its shipment', () => {
  it('given two histories of which one continues the other, then the verdict names the longer one', () => {
    fc.assert(
      fc.property(happenings, fc.nat(13), (past, applied) => {
        const shipments = shipmentAfter(past);
        const orders = followed(placedOrder(), shipments.messages.slice(0, applied));
        const isAll = orders.order.shipmentVersion === shipments.messages.length;
        expect(verdictOf({ orders, shipments })).to.equal(isAll ? 'agree' : 'behind');
      }),
      { numRuns: 500 },
    );
  });

  it('given any two histories, then the repairs terminate, and both agree unless no legal path leads from one to the other', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        let books = booksOf(scene);
        const { orders, shipments } = books;
        const state = stateOf(viewOf(orders));
        const isApart = shipments !== null && relationOf(state, shipments.shipment) === 'apart';
        for (let round = 0; round < 4; round += 1) books = repaired(books);
        const verdict = verdictOf(books);
        if (isApart) {
          expect(CONTRADICTIONS).to.include(verdict);
          expect(books, 'nothing was changed').to.deep.equal({ orders, shipments });
        } else if (books.shipments) {
          expect(verdict).to.equal('agree');
          expect(books.orders.order.shipmentVersion).to.equal(books.shipments.shipment.version);
        } else expect(verdict).to.equal('not_accepted');
      }),
      { numRuns: 3_000 },
    );
  });

  it('given a shipment that only lost its last steps, then it gets the same steps again', () => {
    fc.assert(
      fc.property(happenings, fc.nat(13), fc.nat(13), (past, applied, kept) => {
        const before = shipmentAfter(past);
        const orders = followed(placedOrder(), before.messages.slice(0, applied));
        fc.pre(kept < orders.order.shipmentVersion && orders.log.length > 1);
        const { shipments } = repaired({ orders, shipments: restoredTo(before, kept) });
        const contents = ({ messages }: ShipmentBook) =>
          messages.map(({ version, type, payload }) => ({ version, type, ...payload, actor: undefined }));
        const expected = contents(before).slice(0, orders.order.shipmentVersion);
        expect(contents(shipments!)).to.deep.equal(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('given a restored shipment, when its restoration is sent again, then nothing changes', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const books = booksOf(scene);
        fc.pre(verdictOf(books) === 'ahead');
        const reported = reportedShipmentOf(viewOf(books.orders), books.orders.log);
        fc.pre(reported !== null);
        const { shipments } = withTold(books);
        const again = restoreShipment(shipments!.shipment, shipments!.messages, reported!, 0);
        expect(again.outcome).to.equal('unchanged');
      }),
      { numRuns: 1_000 },
    );
  });
});
