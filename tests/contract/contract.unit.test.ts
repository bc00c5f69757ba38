import { existsSync, readFileSync } from 'node:fs';
import { type ISpectralDiagnostic, Spectral } from '@stoplight/spectral-core';
import { oas } from '@stoplight/spectral-rulesets';
import { expect } from 'chai';
import { artefacts } from '../../scripts/contract/artefacts';
import { contracts } from '../../scripts/contract/contracts';
import { orderServiceScopes } from '../../src/order-service/composition';

describe('the contract', () => {
  const documents = contracts();

  for (const [service, document] of Object.entries(documents)) {
    it(`given the document of the ${service}, then the recommended Spectral rules report nothing`, async () => {
      const spectral = new Spectral();
      spectral.setRuleset({ extends: [[oas, 'recommended']] } as never);
      const found = await spectral.run(JSON.parse(JSON.stringify(document)));
      const findings = found.filter((finding) => !isOfWebSocket(finding));
      expect(
        findings.map(({ code, path, message }) => `${String(code)} ${path.join('.')}: ${message}`),
      ).to.deep.equal([]);
    }).timeout(60_000);

    it(`given the document of the ${service}, then every operation has an example for each body and answer`, () => {
      const bare: string[] = [];
      const shared = Object.entries(document.components?.responses ?? {}) as [string, Body][];
      expect(shared.length).to.be.above(0);
      for (const [name, response] of shared) if (!hasExamples(response)) bare.push(name);
      for (const [path, item] of Object.entries(document.paths ?? {})) {
        for (const [method, operation] of Object.entries(item as Record<string, OperationObject>)) {
          const bodies = [operation.requestBody, ...Object.values(operation.responses)];
          if (!bodies.every((body) => body === undefined || hasExamples(body)))
            bare.push(`${method} ${path}`);
        }
      }
      expect(bare).to.deep.equal([]);
    });
  }

  it('given every operation, then its scope can be granted to clients', () => {
    const operations = Object.values(documents).flatMap(({ paths }) =>
      Object.values((paths ?? {}) as Record<string, Record<string, OperationObject>>).flatMap(Object.values),
    ) as OperationObject[];
    const needed = operations.flatMap(({ security }) => (security ?? []).flatMap(Object.values).flat());
    expect(needed).to.include('order:read').and.include('shipment:write');
    expect(orderServiceScopes.scopes).to.include.members(needed);
  });

  it('given the files generated from the contract, then each is up to date (npm run contract)', async () => {
    for (const [file, text] of await artefacts()) {
      expect(existsSync(file), file).to.equal(true);
      expect(readFileSync(file, 'utf8') === text, `${file} is up to date`).to.equal(true);
    }
  }).timeout(60_000);
});

/** The success of a WebSocket is 101; the rule knows only 2xx and 3xx. */
const isOfWebSocket = ({ code, path }: ISpectralDiagnostic): boolean =>
  code === 'operation-success-response' && path[1] === '/ws';

const hasExamples = ({ content = {} }: Body): boolean =>
  Object.values(content).every(({ example, examples }) => example !== undefined || examples !== undefined);

interface OperationObject {
  security?: Record<string, string[]>[];
  requestBody?: Body;
  responses: Record<string, Body>;
}

interface Body {
  content?: Record<string, { example?: unknown; examples?: unknown }>;
}
