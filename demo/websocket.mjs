/*
 * Follows orders over a WebSocket, and continues after any interruption: node demo/websocket.mjs [ORDER_ID]
 *
 * Without an argument it places an order and ends with it; with one it follows that order. The same code runs in a browser, except for the
 * request of the token: a page gets its token from its own server.
 */
import { setTimeout as delay } from 'node:timers/promises';

const {
  ORDER_URL = 'http://localhost:3001',
  CLIENT_ID = 'demo-client',
  CLIENT_SECRET = 'demo-secret',
} = process.env;
/** Node has it since version 22, as browsers do; before, the package `ws` provides the same interface. */
const WebSocket = globalThis.WebSocket ?? (await import('ws')).WebSocket;

const FINAL = ['DELIVERED', 'RETURNED', 'CANCELLED'];

const orderId = process.argv[2] ?? (await placeOrder());
/** Behind the last event that was received; the next connection continues there. */
let cursor;
let isDone = false;
for (let waitMs = 0; !isDone; await delay(waitMs)) waitMs = await follow();

/** Follows the order over one connection; resolves when it is closed, with the milliseconds to wait before the next one. */
async function follow() {
  const socket = new WebSocket(`${ORDER_URL.replace(/^http/, 'ws')}/ws`, [
    'orders.v1',
    `bearer.${await token()}`,
  ]);
  let waitMs = 1_000 + Math.random() * 1_000;
  socket.onopen = () =>
    socket.send(
      JSON.stringify({
        action: 'subscribe',
        id: 'demo',
        order_id: orderId,
        ...(cursor && { after: cursor }),
      }),
    );
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.kind === 'event') show(message);
    else if (message.kind === 'error') refused(message);
    else if (message.kind === 'end') waitMs = message.retry_ms ?? waitMs;
    if (isDone || message.kind === 'error') socket.close();
  };
  // What follows it is the close event.
  socket.onerror = () => undefined;
  await new Promise((resolve) => (socket.onclose = resolve));
  return isDone ? 0 : waitMs;
}

function show({ event, cursor: behind }) {
  const { type, version, occurred_at: at } = event;
  const { order } = event.data;
  console.log(`${at}  ${order.order_id}  version ${version}  ${type}  ${order.status}`);
  cursor = behind;
  isDone = FINAL.includes(order.status);
}

/** When events behind the cursor are no longer kept, the next connection begins with the present state of the order. */
function refused({ code, detail, earliest_cursor: earliest }) {
  console.log(`${code}: ${detail}`);
  cursor = undefined;
  isDone = earliest === undefined;
}

async function placeOrder() {
  const items = [{ product_id: 'lamp', quantity: 1, unit_price: 79.9 }];
  const headers = { Authorization: `Bearer ${await token()}`, 'Idempotency-Key': crypto.randomUUID() };
  return (await post('/orders', { customer_id: 'ada', items }, headers)).order_id;
}

async function token() {
  const credentials = {
    grant_type: 'client_credentials',
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
  };
  return (await post('/auth/token', credentials)).access_token;
}

async function post(path, body, headers = {}) {
  const answer = await fetch(ORDER_URL + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
