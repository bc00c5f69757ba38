import { expect } from 'chai';
import { Client } from 'pg';
import { createOutboxFloor } from '../../../src/shared/event-log/outbox-floor';
import { eventually } from '../../support/eventually';
import { explainLockHeads } from '../../support/explain-lock-heads';
import { outboxScene, takeSteps, type OutboxScene } from '../../support/outbox-scene';
import { rowsOf } from '../../support/rows';

const PARTS = 20;
const PART = 1_000;
const STEPS = 6;

describe('the relay while a snapshot is open', function () {
  this.timeout(120_000);
  let scene: OutboxScene;
  let backup: Client;
  before(async () => {
    scene = await outboxScene();
    backup = new Client({ connectionString: scene.url });
    await backup.connect();
    await backup.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM outbox');
  });
  after(async () => {
    await backup.end();
    await scene.stop();
  });

  it('given 20 000 events sent meanwhile, then a step at the floor reads as much as at the start; from the beginning it would read more with every event', async () => {
    const relay = scene.relay();
    const floor = createOutboxFloor(scene.database, steppingClock());
    const atFloor: number[] = [];
    const fromBeginning: number[] = [];
    for (let part = 1; part <= PARTS; part += 1) {
      await scene.append(PART, 1);
      await takeSteps(relay, STEPS);
      const sent = part * PART + (part - 1) * 10;
      await eventually(async () => {
        await floor.raise();
        expect(Number(floor.position())).to.equal(sent);
      });
      await scene.append(10, 1);
      atFloor.push(await buffersOf(String(sent)));
      fromBeginning.push(await buffersOf('0'));
      await takeSteps(relay, 1);
    }
    expect(scene.sqs.sent).to.have.length(PARTS * (PART + 10));
    expect(atFloor.at(-1), 'late, at the floor').to.be.below(atFloor[0]! * 1.5);
    expect(fromBeginning.at(-1), 'late, from the beginning').to.be.above(fromBeginning[0]! * 3);
    expect(fromBeginning.at(-1)).to.be.above(atFloor.at(-1)! * 3);
    await rowsOf(scene.url, 'VACUUM outbox');
    expect(await buffersOf('0'), 'the snapshot keeps the rows').to.be.above(atFloor.at(-1)! * 3);
  });

  /** How many buffers the statement of a step reads. */
  async function buffersOf(after: string): Promise<number> {
    const plan = await explainLockHeads(scene.url, { limit: 200, retries: 20, after });
    return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  }
});

/** Each call is a quarter of a second later, so that every raise is due. */
function steppingClock(): () => number {
  let now = 0;
  return () => (now += 250);
}
