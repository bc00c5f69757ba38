import { readFileSync } from 'node:fs';
import { expect } from 'chai';

const workflow = readFileSync('.github/workflows/ci.yml', 'utf8');
const makefile = readFileSync('Makefile', 'utf8');

describe('the workflow of continuous integration', () => {
  it('given its actions, then each is pinned to a commit', () => {
    const uses = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action]) => action!);
    expect(uses).to.not.be.empty;
    for (const action of uses) expect(action).to.match(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });

  it('given its token, then it may only read the repository', () => {
    const permissions = /^permissions:\n((?: {2}.*\n)+)/m.exec(workflow)?.[1];
    expect(permissions).to.equal('  contents: read\n');
    expect(workflow).to.contain('persist-credentials: false');
  });

  it('given the supported versions of Node, then it tests the oldest one and both later lines', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    expect(engines.node).to.equal('^20.19 || >=22.12');
    expect(workflow).to.contain("node: ['20.19', '22', '24']");
  });

  it('given the targets that it calls, then the Makefile has them', () => {
    const called = [...workflow.matchAll(/make ([a-z]+)/g)].map(([, target]) => target!);
    expect(called).to.deep.equal(['test']);
    for (const target of called) expect(makefile).to.match(new RegExp(`^${target}:`, 'm'));
  });
});

describe('the Makefile', () => {
  it('given its targets, then each is declared phony and runs a command of the script or of npm', () => {
    const phony = /^\.PHONY: (.+)$/m.exec(makefile)?.[1]?.split(' ');
    const targets = [...makefile.matchAll(/^([a-z]+):/gm)].map(([, target]) => target!);
    expect(targets).to.have.members(phony!);
    expect(targets).to.include.members('up down test demo logs status reset bench chaos'.split(' '));
  });
});
