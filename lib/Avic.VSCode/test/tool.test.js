'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { afterEach, beforeEach, test } = require('node:test');
const { find, searched } = require('../tool');

const { PATH, DOTNET_ROOT, HOME } = process.env;
const at = (...parts) => path.join(root, ...parts);
let root;

beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'avic é '));
    file('dotnet', 'dotnet');
    Object.assign(process.env, { PATH: at('dotnet'), DOTNET_ROOT: '', HOME: at('home') });
});

afterEach(() => {
    Object.assign(process.env, { PATH, HOME });
    if (DOTNET_ROOT === undefined)
        delete process.env.DOTNET_ROOT;
    else
        process.env.DOTNET_ROOT = DOTNET_ROOT;
    fs.rmSync(root, { recursive: true });
});

function file(...parts) {
    fs.mkdirSync(path.dirname(at(...parts)), { recursive: true });
    fs.writeFileSync(at(...parts), '');
    return at(...parts);
}

test('the setting comes first; a dll is started by dotnet', () => {
    const [dll, program] = [file('a b', 'avic.dll'), file('a b', 'avic')];
    assert.deepEqual(find(dll, []), { command: at('dotnet', 'dotnet'), args: [dll] });
    assert.deepEqual(find(program, []), { command: program, args: [] });
});

test('a setting that names nothing is said, not passed over', () => {
    file('dotnet', 'avic');
    assert.throws(() => find(at('nowhere'), []), /avic\.path names .*nowhere/);
});

test('in a clone the newest build is taken', () => {
    file('clone', 'lib', 'Avic.Tool', 'Avic.Tool.csproj');
    const old = file('clone', 'lib', 'Avic.Tool', 'bin', 'Release', 'net10.0', 'avic.dll');
    const fresh = file('clone', 'lib', 'Avic.Tool', 'bin', 'Debug', 'net10.0', 'avic.dll');
    fs.utimesSync(old, 1, 1);
    assert.deepEqual(find('', [at('clone', 'notebooks'), at('clone')]).args, [fresh]);
});

test('a clone that is not built is said, with the clone to build', () => {
    file('clone', 'lib', 'Avic.Tool', 'Avic.Tool.csproj');
    assert.throws(() => find('', [at('clone')]), e => e.clone === at('clone') && /dotnet build lib\/Avic\.Tool/.test(e.message));
});

test('without a clone avic is taken from the PATH, then from the folder of .NET tools', () => {
    const tool = file('home', '.dotnet', 'tools', 'avic');
    assert.deepEqual(find('', [root]), { command: tool, args: [] });
    const onPath = file('dotnet', 'avic');
    assert.deepEqual(find('', [root]), { command: onPath, args: [] });
});

test('without any the message names every remedy', () => {
    assert.throws(() => find('', []), /clone[^]*\.NET tool[^]*avic\.path/);
});

test('without dotnet the message says what to install', () => {
    process.env.PATH = at('home');
    assert.throws(() => find(file('avic.dll'), []), /Install the \.NET 10 SDK/);
});

test('a clone is looked for from the notebook up to the folder that was trusted, and no further', () => {
    assert.deepEqual(searched(at('a', 'b'), root), [at('a', 'b'), at('a'), root]);
    assert.deepEqual(searched(root, root), [root]);
    assert.deepEqual(searched(os.tmpdir(), root), [root]);
    assert.deepEqual(searched(root, undefined), []);
});
