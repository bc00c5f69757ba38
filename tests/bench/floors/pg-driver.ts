import { randomInt } from 'node:crypto';
import { Client } from 'pg';
import { percentilesOf } from '../measurement';
import { constantParameters, CREATE_ORDER_TRANSACTION, RANDOM_BELOW } from './create-order-transaction';
import { type FloorResult } from './floor-result';

/** The same transactions from this process, for machines without pgbench: slower, because one thread serves all connections. */
export async function runPgDriver({
  databaseUrl,
  clients,
  seconds,
}: {
  databaseUrl: string;
  clients: number;
  seconds: number;
}): Promise<FloorResult> {
  const statements = CREATE_ORDER_TRANSACTION.map(toPrepared);
  const connections = Array.from({ length: clients }, () => new Client({ connectionString: databaseUrl }));
  await Promise.all(connections.map((client) => client.connect()));
  const constants = constantParameters();
  const took: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1_000;
  await Promise.all(
    connections.map(async (client) => {
      for (let begun = performance.now(); begun < end; begun = performance.now()) {
        const random = { high: randomInt(RANDOM_BELOW.high), low: randomInt(2 ** 47) };
        const parameters: Record<string, string | number> = { ...constants, ...random };
        for (const { names, ...statement } of statements)
          await client.query({ ...statement, values: names.map((name) => parameters[name]) });
        took.push(performance.now() - begun);
      }
    }),
  );
  const perSecond = (took.length / (performance.now() - start)) * 1_000;
  await Promise.all(connections.map((client) => client.end()));
  return { by: 'the pg driver', perSecond, latency: percentilesOf(took) };
}

/** `:name` becomes `$1`, `$2`, … */
function toPrepared(statement: string, index: number): { name: string; text: string; names: string[] } {
  const names: string[] = [];
  const text = statement.replaceAll(/(?<!:):([a-z]+)/g, (_match, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `$${String(names.indexOf(name) + 1)}`;
  });
  return { name: `floor-${String(index)}`, text, names };
}
