'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { afterEach, beforeEach, test } = require('node:test');
const vscode = require('./vscode');
const { activate } = require('../extension');

const CSHARP = { metadata: { kernelspec: { name: '.net-csharp', language: 'C#' } } };

let folder;
let subscriptions;

beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'avic é '));
    // A program named avic that runs the stand-in.
    vscode.path = path.join(folder, 'avic');
    fs.writeFileSync(vscode.path, `#!/bin/sh\nexec "${process.execPath}" "${path.join(__dirname, 'serve.js')}"\n`, { mode: 0o755 });
    vscode.workspace.isTrusted = true;
    vscode.workspace.notebookDocuments = [];
    vscode.workspace.workspaceFolders = undefined;
    vscode.extensions.all = [];
    vscode.window.showInputBox = async () => undefined;
    subscriptions = [];
    activate({ subscriptions });
});

afterEach(() => {
    subscriptions.forEach(s => s.dispose());
    vscode.forget();
    fs.rmSync(folder, { recursive: true });
});

function open(sources, metadata = CSHARP) {
    const file = path.join(folder, `n ${vscode.workspace.notebookDocuments.length}.ipynb`);
    const notebook = { notebookType: 'jupyter-notebook', metadata, isUntitled: false, uri: { scheme: 'file', fsPath: file, toString: () => `file://${file}` } };
    notebook.cells = sources.map(source => cell(notebook, source));
    notebook.getCells = () => notebook.cells;
    vscode.workspace.notebookDocuments.push(notebook);
    vscode.fire('open', notebook);
    return notebook;
}

const cell = (notebook, source) => ({
    notebook, metadata: {}, outputs: [], executions: [],
    document: { getText: () => source, offsetAt: position => position, positionAt: offset => offset },
});

const run = notebook => vscode.controller.executeHandler(notebook.cells, notebook, vscode.controller);
const text = ({ outputs }) => outputs.map(o => o.items.map(i => i.data?.stack ?? i.data).join('')).join('|');
const successes = notebook => notebook.cells.map(c => c.executions.at(-1)?.success);
const orders = notebook => notebook.cells.map(c => c.executions.at(-1)?.executionOrder);

/** When the cell has said so much. */
async function said(cell, words) {
    while (!text(cell).includes(words))
        await new Promise(setImmediate);
}

test('a cell is run and its outputs stand below it in order', async () => {
    const notebook = open(['say a\nsay b\nshow text/html "<b>c</b>"\nsay d']);
    await run(notebook);
    assert.deepEqual(notebook.cells[0].outputs.map(o => o.items.map(i => [i.mime, i.data])), [
        [['stdout', 'a'], ['stdout', 'b']], [['text/html', '<b>c</b>']], [['stdout', 'd']]]);
    assert.deepEqual(notebook.cells[0].outputs[1].metadata, { outputType: 'execute_result', executionCount: 1 });
    assert.deepEqual([successes(notebook), orders(notebook)], [[true], [1]]);
});

test('cells run one after the other; an empty one has no number', async () => {
    const notebook = open(['say a', ' \n', 'say b']);
    await run(notebook);
    assert.deepEqual([successes(notebook), orders(notebook)], [[true, undefined, true], [1, undefined, 2]]);
});

test('after an error the cells that wait are not run, and later ones are', async () => {
    const notebook = open(['say a', 'fail', 'say c']);
    await Promise.all([run(notebook), run(notebook)]);
    assert.deepEqual(successes(notebook), [true, false, undefined]);
    assert.equal(notebook.cells[0].executions.length, 1);
    assert.deepEqual({ ...notebook.cells[1].outputs[0].items[0] }, { mime: 'error', data: { name: 'Exception', message: 'boom', stack: 'Exception: boom\n   at cell 1, line 1' } });
    assert.deepEqual(notebook.cells[1].outputs[0].metadata.originalError,
        { output_type: 'error', ename: 'Exception', evalue: 'boom', traceback: ['Exception: boom', '   at cell 1, line 1'] });
    await vscode.controller.executeHandler([notebook.cells[2]], notebook);
    assert.deepEqual(successes(notebook), [true, false, true]);
});

test('an interrupt ends the cell at hand and those that wait', async () => {
    const notebook = open(['hang', 'say b']);
    const running = run(notebook);
    await said(notebook.cells[0], 'hanging');
    await vscode.controller.interruptHandler(notebook);
    await running;
    assert.match(text(notebook.cells[0]), /interrupted/);
    assert.deepEqual(successes(notebook), [false, undefined]);
});

test('a restart ends the cell at hand, and numbers begin anew', async () => {
    const notebook = open(['say a', 'hang']);
    const running = run(notebook);
    await said(notebook.cells[1], 'hanging');
    await vscode.ran['avic.restart']({ notebookEditor: { notebookUri: notebook.uri } });
    await running;
    assert.deepEqual(successes(notebook), [true, false]);
    await vscode.controller.executeHandler([notebook.cells[0]], notebook);
    assert.deepEqual(orders(notebook), [1, 2]);
});

test('a cell that cannot be run holds up none of the others', async () => {
    const notebook = open(['say a', 'say b']);
    const create = vscode.controller.createNotebookCellExecution;
    vscode.controller.createNotebookCellExecution = cell => {
        if (cell === notebook.cells[0])
            throw new Error('the cell is gone');
        return create(cell);
    };
    await run(notebook);
    assert.deepEqual(notebook.cells.map(text), ['', 'b']);
});

test('two notebooks run side by side', async () => {
    const [one, two] = [open(['hang']), open(['say b'])];
    const hanging = run(one);
    await said(one.cells[0], 'hanging');
    await run(two);
    assert.deepEqual(successes(two), [true]);
    await vscode.controller.interruptHandler(one);
    await hanging;
});

test('a cell that reads a line gets what the box gives, and the end of the input when the box is dismissed', async () => {
    const boxes = [];
    vscode.window.showInputBox = async options => { boxes.push([options.prompt, options.password]); return boxes.length === 1 ? 'Ådä' : undefined; };
    const notebook = open(['ask false', 'ask true']);
    await run(notebook);
    assert.deepEqual(boxes, [['who?', false], ['who?', true]]);
    assert.deepEqual(notebook.cells.map(text), ['Ådä', 'null']);
});

test('a box goes with its cell', async () => {
    let dismissed = false;
    vscode.window.showInputBox = (_, token) => new Promise(resolve => token.onCancellationRequested(() => { dismissed = true; resolve(undefined); }));
    const notebook = open(['say a\nask false']);
    const running = run(notebook);
    await said(notebook.cells[0], 'a');
    subscriptions.forEach(s => s.dispose());
    await running;
    assert.ok(dismissed);
});

test('a display is updated wherever it is shown', async () => {
    const notebook = open(['name d one\nsay x\nrename d two', 'rename d three']);
    await run(notebook);
    assert.equal(text(notebook.cells[0]), 'three|x');
    assert.equal(text(notebook.cells[1]), '');
});

test('progress is one line that changes and is gone at the end', async () => {
    const notebook = open(['say a\nprogress 0.25 25 %\nprogress 0.5 50 %\nask false\nsay b']);
    let seen;
    vscode.window.showInputBox = async () => { await said(notebook.cells[0], '50 %'); seen = text(notebook.cells[0]); return 'answer'; };
    await run(notebook);
    assert.equal(seen, 'a|██████████░░░░░░░░░░ 50 %');
    assert.equal(text(notebook.cells[0]), 'aanswerb');
});

test('a figure is JSON for a renderer that can draw it, and left out where there is none', async () => {
    const notebook = open(['show application/vnd.plotly.v1+json {"data":[]}']);
    await run(notebook);
    assert.deepEqual(notebook.cells[0].outputs[0].items, []);
    vscode.extensions.all = [{ packageJSON: { contributes: { notebookRenderer: [{ mimeTypes: ['application/vnd.plotly.v1+json'] }] } } }];
    await run(notebook);
    assert.deepEqual(notebook.cells[0].outputs[0].items[0].data, { data: [] });
});

test('a lost server is told in the cell that lost it, and the next cell has a fresh one', async () => {
    const notebook = open(['die', 'say b']);
    await run(notebook);
    assert.match(text(notebook.cells[0]), /^avic ended \(exit code 3\)\nlast words\nAll variables are gone/);
    assert.deepEqual(successes(notebook), [false, undefined]);
    await vscode.controller.executeHandler([notebook.cells[1]], notebook);
    assert.deepEqual([successes(notebook), orders(notebook)], [[false, true], [1, 1]]);
});

test('without avic the cell says what to do', async () => {
    vscode.path = path.join(folder, 'nowhere');
    const notebook = open(['say a']);
    await run(notebook);
    assert.match(text(notebook.cells[0]), /avic\.path names .*nowhere, and there is no such file/);
});

test('a program that is not avic is told by its own words', async () => {
    fs.writeFileSync(vscode.path, '#!/bin/sh\necho not JSON\nexit 7\n');
    const notebook = open(['say a']);
    await run(notebook);
    assert.match(text(notebook.cells[0]), /exit code 7\)\nnot JSON/);
});

test('in a clone that is not built a build is offered', async () => {
    vscode.path = '';
    vscode.workspace.workspaceFolders = [{ uri: { fsPath: folder } }];
    fs.mkdirSync(path.join(folder, 'lib', 'Avic.Tool'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'lib', 'Avic.Tool', 'Avic.Tool.csproj'), '');
    vscode.window.showInformationMessage = async (message, button) => button;
    const notebook = open(['say a']);
    await run(notebook);
    assert.match(text(notebook.cells[0]), /not built yet/);
    assert.deepEqual({ ...vscode.task.execution }, { program: 'dotnet', args: ['build', 'lib/Avic.Tool'], cwd: folder });
});

test('in a folder that is not trusted nothing is started', async () => {
    vscode.workspace.isTrusted = false;
    const notebook = open(['say a']);
    await run(notebook);
    assert.match(text(notebook.cells[0]), /only in trusted folders/);
    vscode.fire('selected', { notebook, selected: true });
    assert.equal(await vscode.completion.provideCompletionItems(notebook.cells[0].document, 5), undefined);
});

test('completion and hover ask the engine, in notebooks of ours only', async () => {
    const notebook = open(['Console.Wr']);
    const { document } = notebook.cells[0];
    assert.equal(await vscode.completion.provideCompletionItems(document, 10), undefined);
    vscode.fire('selected', { notebook, selected: true });
    const { Method, Variable } = vscode.CompletionItemKind;
    assert.deepEqual((await vscode.completion.provideCompletionItems(document, 10)).map(i => ({ ...i, range: [i.range.start, i.range.end] })), [
        { label: 'WriteLine', kind: Method, range: [8, 10], detail: 'void' }, { label: 'x', kind: Variable, range: [8, 10] }]);
    assert.equal((await vscode.hover.provideHover(document, 3)).contents.value, '**Console.Wr**');
    assert.equal(await vscode.hover.provideHover(document, 0), undefined);
});

test('C# notebooks prefer our kernel, Python ones do not', () => {
    const ours = [open([]), open([], { metadata: { language_info: { name: 'csharp' } } })];
    open([], { metadata: { kernelspec: { name: 'python3', language: 'python' } } });
    assert.deepEqual(vscode.controller.preferred.map(([notebook]) => notebook), ours);
});

test('of other languages, the engine shows what is there to be looked at; the rest is skipped with a word and stays as it was', async () => {
    const notebook = open(['# title', 'let x = 1', 'graph TD', 'say a']);
    notebook.cells[0].metadata = { metadata: { polyglot_notebook: { kernelName: 'markdown' } } };
    notebook.cells[1].metadata = { metadata: { dotnet_interactive: { language: 'fsharp' } } };
    notebook.cells[1].outputs = [new vscode.NotebookCellOutput([vscode.NotebookCellOutputItem.text('saved')])];
    notebook.cells[2].metadata = { metadata: { polyglot_notebook: { kernelName: 'mermaid' } } };
    notebook.cells[3].metadata = { metadata: { polyglot_notebook: { kernelName: 'csharp' } } };
    await run(notebook);
    assert.deepEqual(notebook.cells.map(text), ['#!markdown\n# title', 'saved', '#!mermaid\ngraph TD', 'a']);
    assert.deepEqual(successes(notebook), [true, undefined, true, true]);
    assert.equal(vscode.word, 'fsharp: skipped, avic runs C#');
});
