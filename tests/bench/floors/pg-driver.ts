import { Client } from 'pg';
import { percentilesOf } from '../measurement';
import { type FloorResult } from './floor-result';
import { drawParameters, execute, preparedStatements, type FloorScript } from './floor-script';

/** The same statements from this process, for machines without pgbench: slower, because one thread serves all connections. */
export async function runPgDriver(
  script: FloorScript,
  { databaseUrl, clients, seconds }: { databaseUrl: string; clients: number; seconds: number },
): Promise<FloorResult> {
  const statements = preparedStatements(script);
  const connections = Array.from({ length: clients }, () => new Client({ connectionString: databaseUrl }));
  await Promise.all(connections.map((client) => client.connect()));
  const took: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1_000;
  await Promise.all(
    connections.map(async (client) => {
      for (let begun = performance.now(); begun < end; begun = performance.now()) {
        const parameters = drawParameters(script);
        for (const statement of statements) await execute(client, statement, parameters);
        took.push(performance.now() - begun);
      }
    }),
  );
  const perSecond = (took.length / (performance.now() - start)) * 1_000;
  await Promise.all(connections.map((client) => client.end()));
  return { by: 'the pg driver', perSecond, latency: percentilesOf(took) };
}
