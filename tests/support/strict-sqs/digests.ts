import { createHash } from 'node:crypto';
import { type MessageAttribute } from './queue-state';

export const md5 = (data: string | Buffer): string => createHash('md5').update(data).digest('hex');

/** The digest of the SQS developer guide ("Calculating the MD5 message digest for message attributes"); undefined without attributes. */
export function attributesMd5(attributes: Readonly<Record<string, MessageAttribute>>): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  return md5(Buffer.concat(names.flatMap((name) => encode(name, attributes[name]!))));
}

const STRING = 1;
const BINARY = 2;

function encode(name: string, { DataType, StringValue, BinaryValue }: MessageAttribute): Buffer[] {
  const isBinary = BinaryValue !== undefined;
  const value = isBinary ? Buffer.from(BinaryValue, 'base64') : Buffer.from(StringValue ?? '');
  return [
    withLength(Buffer.from(name)),
    withLength(Buffer.from(DataType)),
    Buffer.from([isBinary ? BINARY : STRING]),
    withLength(value),
  ];
}

function withLength(data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
}
