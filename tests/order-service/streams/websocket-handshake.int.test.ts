import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { send } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { exchange, rawConnection } from '../../support/raw-http';
import { openWebSocket, refusedWebSocket, type WebSocketRequest } from '../../support/websocket-client';
import { ALLOWED_ORIGIN, startWebSocketScene, type WebSocketScene } from '../../support/websocket-scene';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

describe('the handshake of a WebSocket', () => {
  let scene: WebSocketScene;
  before(async () => {
    scene = await startWebSocketScene();
  });
  after(() => scene.stop());
  afterEach(() => eventually(() => expect(scene.openStreams.count()).to.equal(0)));

  async function opens(request: WebSocketRequest, url = scene.url): Promise<WebSocket> {
    const { socket } = await openWebSocket(url, request);
    socket.close();
    return socket;
  }

  it('given a token in the Authorization header, then the connection opens, also under /v1', async () => {
    const socket = await opens({ token: 'shop' });
    expect([socket.protocol, socket.extensions]).to.deep.equal(['', '']);
    await opens({ token: 'shop', protocols: ['orders.v1'] }, scene.url.replace('/ws', '/v1/ws'));
  });

  it('given a token as subprotocol, as browsers send it, then only the name of the protocol is answered', async () => {
    const socket = new WebSocket(scene.url.replace('http', 'ws'), ['orders.v1', 'bearer.shop']);
    const [[response]] = (await Promise.all([once(socket, 'upgrade'), once(socket, 'open')])) as [
      [{ headers: Record<string, string> }],
      unknown,
    ];
    socket.close();
    expect(socket.protocol).to.equal('orders.v1');
    expect(JSON.stringify(response.headers)).not.to.contain('shop');
    expect(response.headers['x-correlation-id']).to.match(/^[\w-]{36}$/);
  });

  it('given the origin of an allowed page, or no origin, then the connection opens', async () => {
    await opens({ token: 'shop', origin: ALLOWED_ORIGIN });
    await opens({ token: 'shop' });
  });

  const REFUSED: [name: string, request: WebSocketRequest, status: number, code: string][] = [
    ['another origin', { token: 'shop', origin: 'https://evil.example' }, 403, 'origin_not_allowed'],
    [
      'an origin that begins like an allowed one',
      { token: 'shop', origin: `${ALLOWED_ORIGIN}.evil.example` },
      403,
      'origin_not_allowed',
    ],
    ['the origin of a file or sandbox', { token: 'shop', origin: 'null' }, 403, 'origin_not_allowed'],
    ['two tokens', { token: 'shop', protocols: ['orders.v1', 'bearer.shop'] }, 400, 'malformed_request'],
    [
      'two tokens as subprotocols',
      { protocols: ['orders.v1', 'bearer.shop', 'bearer.other'] },
      400,
      'malformed_request',
    ],
    ['a token without the protocol of this API', { protocols: ['bearer.shop'] }, 400, 'malformed_request'],
    ['another protocol', { token: 'shop', protocols: ['graphql-ws'] }, 400, 'malformed_request'],
    ['an older version', { token: 'shop', protocolVersion: 8 }, 426, 'upgrade_required'],
  ];

  for (const [name, request, status, code] of REFUSED) {
    it(`given ${name}, then ${status} as a problem document`, async () => {
      const refusal = await refusedWebSocket(scene.url, request);
      expect(refusal.contentType).to.match(/^application\/problem\+json/);
      expect(refusal.body).to.include({ status, code, instance: '/ws' });
      expect(refusal.status).to.equal(status);
      expect(refusal.headers.connection).to.contain('close');
    });
  }

  it('given a token in the query, then 400, even with a valid token in the header, and the answer does not contain it', async () => {
    for (const name of ['access_token', 'token'])
      for (const token of [undefined, 'shop']) {
        const refusal = await refusedWebSocket(
          `${scene.url}?${name}=secret`,
          token === undefined ? {} : { token },
        );
        expect(refusal.status).to.equal(400);
        expect(refusal.body).to.deep.include({ errors: [{ path: name, message: 'is not a known member' }] });
        expect(JSON.stringify(refusal.body)).not.to.contain('secret');
      }
  });

  it('given an ordinary request, then 426 that names the protocol', async () => {
    const answer = await send(scene.url, 'GET', undefined, { Authorization: 'Bearer shop' });
    expect([answer.status, answer.body.code]).to.deep.equal([426, 'upgrade_required']);
    expect(answer.headers.get('upgrade')).to.equal('websocket');
    expect(answer.headers.get('sec-websocket-version')).to.equal('13');
    expect((await send(scene.url, 'POST', {}, { Authorization: 'Bearer shop' })).status).to.equal(405);
  });

  const handshake = (lines: string[]): string =>
    [
      'GET /ws HTTP/1.1',
      'Host: x',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Authorization: Bearer shop',
      ...lines,
      '\r\n',
    ].join('\r\n');

  const MALFORMED: [name: string, lines: string[], status: number][] = [
    ['no key', ['Sec-WebSocket-Version: 13'], 400],
    ['a key that is too short', ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZQ=='], 400],
    [
      'two keys',
      ['Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${KEY}`, `Sec-WebSocket-Key: ${KEY}`],
      400,
    ],
    ['no version', [`Sec-WebSocket-Key: ${KEY}`], 426],
    ['version 7', [`Sec-WebSocket-Key: ${KEY}`, 'Sec-WebSocket-Version: 7'], 426],
    [
      'a subprotocol twice',
      [
        `Sec-WebSocket-Key: ${KEY}`,
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Protocol: orders.v1, orders.v1',
      ],
      400,
    ],
    [
      'an empty subprotocol',
      [`Sec-WebSocket-Key: ${KEY}`, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: orders.v1,'],
      400,
    ],
    [
      'a subprotocol with a no-break space',
      [`Sec-WebSocket-Key: ${KEY}`, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: orders.v1,\u00a0x'],
      400,
    ],
  ];

  for (const [name, lines, status] of MALFORMED) {
    it(`given ${name}, then ${status}, and the connection is closed`, async () => {
      const answer = await exchange(scene.port, Buffer.from(handshake(lines), 'latin1'), 5_000);
      expect(answer).to.match(
        new RegExp(`^HTTP/1.1 ${status} [^]*\r\nContent-Type: application/problem\\+json`),
      );
      expect(JSON.parse(answer.slice(answer.indexOf('{')))).to.include({ status });
    });
  }

  it('given frames that are not masked, or a reserved bit, then the connection is closed, and the server goes on', async () => {
    for (const frame of [Buffer.from([0x81, 0x02, 0x7b, 0x7d]), Buffer.from([0xf1, 0x80, 0, 0, 0, 0])]) {
      const socket = await rawConnection(scene.port);
      socket.write(handshake([`Sec-WebSocket-Key: ${KEY}`, 'Sec-WebSocket-Version: 13']));
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).to.match(/^HTTP\/1.1 101 /);
      let received = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => (received = Buffer.concat([received, chunk])));
      socket.write(frame);
      // A close frame with the code 1002.
      await eventually(() => expect(received.subarray(0, 4).toString('hex')).to.equal('880203ea'));
      socket.destroy();
    }
    await opens({ token: 'shop' });
  });

  it('given a first message in the same packet as the handshake, then it is handled', async () => {
    const socket = await rawConnection(scene.port);
    const text = Buffer.from('{"action":"subscribe","id":"a"}');
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]);
    socket.write(
      Buffer.concat([
        Buffer.from(handshake([`Sec-WebSocket-Key: ${KEY}`, 'Sec-WebSocket-Version: 13'])),
        frame,
      ]),
    );
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    await eventually(() => expect(received).to.contain('"kind":"subscribed"'));
    socket.destroy();
  });
});
