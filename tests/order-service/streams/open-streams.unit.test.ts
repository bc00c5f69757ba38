import { expect } from 'chai';
import {
  createOpenStreams,
  type OpenStream,
  type OpenStreams,
  type StreamCaller,
} from '../../../src/order-service/streams/workers/open-streams';
import { silentLogger } from '../../support/service-pair';

/** A client whose token names both scopes. */
const callerWith = (...scopes: string[]): StreamCaller => ({
  clientId: 'operator',
  jti: 'one-token',
  scopes,
  expiresAt: Date.now() / 1_000 + 600,
});

describe('streams of one token', () => {
  let streams: OpenStreams;
  let clientScopes: string[];
  let ended: string[];
  beforeEach(() => {
    ended = [];
    streams = createOpenStreams({
      maxPerClient: 10,
      max: 10,
      lookUpTokens: (tokens) => Promise.resolve(new Map(tokens.map(({ jti }) => [jti, clientScopes]))),
      logger: silentLogger,
    });
  });

  function open(name: string, caller: StreamCaller): void {
    const stream: OpenStream = {
      onTick: () => undefined,
      onTokenEnd(reason) {
        ended.push(`${name} ${reason}`);
        streams.remove(caller, stream);
      },
    };
    streams.add(caller, stream);
  }

  it('given a client that gains and loses ops:manage between two streams, then each ends as soon as its own view is not permitted', async () => {
    open('own', callerWith('order:read'));
    open('all', callerWith('order:read', 'ops:manage'));
    clientScopes = ['order:read'];
    await streams.checkTokens();
    expect(ended).to.deep.equal(['all token_revoked']);
    expect(streams.count()).to.equal(1);
    clientScopes = [];
    await streams.checkTokens();
    expect(ended).to.deep.equal(['all token_revoked', 'own token_revoked']);
    expect(streams.count()).to.equal(0);
  });
});
