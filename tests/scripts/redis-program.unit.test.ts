import { expect } from 'chai';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureRedisProgram } from '../../scripts/system/infrastructure/redis-program';
import { OperatorError } from '../../scripts/system/operator-error';

describe('ensureRedisProgram', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'path-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('given neither Redis nor a way to install it, then one line says how to get it', () => {
    expect(() => ensureRedisProgram(folder))
      .to.throw(OperatorError, /^Redis is missing: .*apt-get install redis-server.*INFRA=external/)
      .with.property('message')
      .that.does.not.contain('\n');
  });

  it('given only Valkey, then it is taken', () => {
    addProgram('valkey-server');

    expect(ensureRedisProgram(`/nowhere:${folder}`)).to.equal(join(folder, 'valkey-server'));
  });

  it('given a file that cannot be run, then it does not count', () => {
    writeFileSync(join(folder, 'redis-server'), '');

    expect(() => ensureRedisProgram(folder)).to.throw(OperatorError);
  });

  function addProgram(name: string): void {
    writeFileSync(join(folder, name), '#!/bin/sh\n');
    chmodSync(join(folder, name), 0o755);
  }
});
