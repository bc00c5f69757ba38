import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** The addresses of a name by record type; a name that is absent does not exist, and `silent` is never answered. */
export type Zone = Readonly<Record<string, { A?: readonly string[]; AAAA?: readonly string[] } | 'silent'>>;

const TYPES = { 1: 'A', 28: 'AAAA' } as const;
const HEADER_BYTES = 12;
const [NO_ERROR, NO_SUCH_NAME] = [0, 3];

/** A name server (RFC 1035) on loopback. */
export async function startDnsServer(
  zone: Zone,
): Promise<{ address: string; asked: string[]; stop: () => void }> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, type, question } = questionOf(query);
    asked.push(name);
    const records = zone[name];
    if (records === 'silent') return;
    const found = (records?.[type] ?? []).map((text) => record(type, text));
    const header = Buffer.from(query.subarray(0, HEADER_BYTES));
    header.writeUInt16BE(0x8180 | (records ? NO_ERROR : NO_SUCH_NAME), 2);
    header.writeUInt16BE(found.length, 6);
    // No authority and no additional records.
    header.fill(0, 8);
    socket.send(Buffer.concat([header, question, ...found]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${String(socket.address().port)}`, asked, stop: () => socket.close() };
}

function questionOf(query: Buffer): { name: string; type: 'A' | 'AAAA'; question: Buffer } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = TYPES[query.readUInt16BE(at + 1) as keyof typeof TYPES];
  // The zero of the root, the type and the class.
  return { name: labels.join('.').toLowerCase(), type, question: query.subarray(HEADER_BYTES, at + 5) };
}

/** A record of the name of the question, valid for a second. */
function record(type: 'A' | 'AAAA', address: string): Buffer {
  const data = type === 'A' ? Buffer.from(address.split('.').map(Number)) : bytesOfIpv6(address);
  const head = Buffer.from([0xc0, HEADER_BYTES, 0, type === 'A' ? 1 : 28, 0, 1, 0, 0, 0, 1, 0, data.length]);
  return Buffer.concat([head, data]);
}

function bytesOfIpv6(address: string): Buffer {
  const [left = '', right = ''] = address.split('::');
  const groups = (text: string): string[] => text.split(':').filter(Boolean);
  const zeros = Array<string>(8 - groups(left).length - groups(right).length).fill('0');
  const all = [...groups(left), ...zeros, ...groups(right)].map((group) => group.padStart(4, '0'));
  return Buffer.from(all.join(''), 'hex');
}
