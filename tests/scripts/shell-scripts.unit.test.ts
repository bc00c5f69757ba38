import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, '..', '..', 'scripts');
const SCRIPTS = readdirSync(FOLDER).filter((name) => name.endsWith('.sh'));

describe('shell scripts', () => {
  it('given the folder, then all scripts exist', () => {
    expect(SCRIPTS).to.have.members([
      'dead-letters.sh',
      'health-check.sh',
      'install-dependencies.sh',
      'manage-system.sh',
      'refused-events.sh',
      'rotate-signing-key.sh',
      'setup-database.sh',
      'start-services.sh',
    ]);
  });

  for (const script of SCRIPTS) {
    it(`given ${script}, then it is executable and bash can parse it`, () => {
      accessSync(join(FOLDER, script), constants.X_OK);
      const { status, stderr } = spawnSync('bash', ['-n', join(FOLDER, script)], { encoding: 'utf8' });

      expect(stderr).to.equal('');
      expect(status).to.equal(0);
    });
  }

  it('given shellcheck on this machine, then it reports nothing', () => {
    const files = SCRIPTS.map((script) => join(FOLDER, script));
    const { stdout, error } = spawnSync('shellcheck', files, { encoding: 'utf8' });

    expect(error === undefined ? stdout : '').to.equal('');
  });
});
