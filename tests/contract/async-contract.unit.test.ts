import { Spectral } from '@stoplight/spectral-core';
import { asyncapi } from '@stoplight/spectral-rulesets';
import { expect } from 'chai';
import { allContracts } from '../../scripts/contract/contracts';
import { PUBLIC_EVENT_TYPES } from '../../src/shared/contracts/public-event';
import {
  EXAMPLE_CATALOGUE_EVENT,
  EXAMPLE_PUBLIC_EVENT,
} from '../../src/shared/contracts/public-event-examples';
import { EXAMPLE_SERVER_MESSAGES } from '../../src/shared/contracts/websocket-messages';
import { type AsyncApiDocument } from '../../src/shared/http/asyncapi-document';
import { messageFaults } from '../support/message-check';

/** It validates with the schema of AsyncAPI 3.0 itself, and with the rules of its community. */
async function findings(document: AsyncApiDocument): Promise<string[]> {
  const spectral = new Spectral();
  spectral.setRuleset({
    extends: [[asyncapi, 'all']],
    // Version 3.0 is known to more tools than 3.1; the project has no address to contact.
    rules: { 'asyncapi-latest-version': 'off', 'asyncapi-info-contact-properties': 'off' },
  } as never);
  const found = await spectral.run(JSON.parse(JSON.stringify(document)));
  return found.map(({ code, path, message }) => `${String(code)} ${path.join('.')}: ${message}`);
}

const MESSAGES = ['subscribe', 'event', 'end', 'orderEvent', 'productEvent', 'inventoryEvent', 'streamEnd'];

describe('the contract of the messages to clients', () => {
  const { asyncApi: document, openApi } = allContracts();

  it('given the AsyncAPI document, then Spectral with all its rules for AsyncAPI reports nothing', async () => {
    expect(await findings(document)).to.deep.equal([]);
  }).timeout(60_000);

  it('given a document with a fault, then Spectral reports it', async () => {
    const { webSocket, ...channels } = document.channels;
    expect(webSocket).to.be.an('object');
    expect((await findings({ ...document, channels })).join()).to.contain('#/channels/webSocket');
    const operations = { ...document.operations, other: { action: 'emit' } };
    expect((await findings({ ...document, operations })).join()).to.contain('operations.other');
  }).timeout(60_000);

  it('given every message, then its examples match its schema', () => {
    const { messages } = document.components;
    expect(messages).to.include.keys(MESSAGES);
    for (const [name, { examples }] of Object.entries(messages)) {
      expect(examples, name).to.have.length.above(0);
      for (const { payload } of examples) expect(messageFaults(name, payload)).to.deep.equal([]);
    }
  });

  it('given a message that is not as in the contract, then the check of the tests names the fault', () => {
    const { event } = EXAMPLE_SERVER_MESSAGES;
    const { order } = EXAMPLE_PUBLIC_EVENT.data;
    const wrong = [
      { ...event, cursor: undefined },
      { ...event, extra: 1 },
      { ...event, event: { ...event.event, type: 'order.lost' } },
      { ...event, event: { ...EXAMPLE_PUBLIC_EVENT, data: { order: { ...order, extra: 1 } } } },
      { ...event, event: { ...EXAMPLE_CATALOGUE_EVENT, data: { order } } },
    ];
    for (const message of wrong) expect(messageFaults('event', message)).to.have.length.above(0);
    expect(messageFaults('unknown', event)).to.have.length(1);
    expect(messageFaults('order.shipped', event.event)).to.have.length(1);
  });

  it('given every type of public events, then webhooks have a message for it', () => {
    expect(document.channels['webhooks']).to.have.property('messages').with.keys(PUBLIC_EVENT_TYPES);
  });

  it('given the paths of the channels, then the OpenAPI document has them too', () => {
    const addresses = Object.values(document.channels).map(
      (channel) => (channel as { address: string | null }).address,
    );
    expect(Object.keys(openApi['order-service'].paths ?? {})).to.include.members(
      addresses.filter((address) => address !== null),
    );
  });
});
