'use strict';

// As much of the `vscode` module as the extension uses, in memory. A test requires it first; `require('vscode')` finds it from then on.

const Module = require('node:module');
const { EventEmitter } = require('node:events');

class NotebookCellOutputItem {
    constructor(data, mime) { Object.assign(this, { data, mime }); }
    static text = (value, mime = 'text/plain') => new NotebookCellOutputItem(value, mime);
    static json = (value, mime) => new NotebookCellOutputItem(value, mime);
    static stdout = value => new NotebookCellOutputItem(value, 'stdout');
    static stderr = value => new NotebookCellOutputItem(value, 'stderr');
    static error = value => new NotebookCellOutputItem(value, 'error');
}

class NotebookCellOutput {
    constructor(items, metadata) { Object.assign(this, { items, metadata }); }
}

class CancellationTokenSource {
    constructor() {
        this.events = new EventEmitter();
        this.token = { isCancellationRequested: false, onCancellationRequested: f => this.events.on('cancel', f) };
    }

    cancel() {
        this.token.isCancellationRequested = true;
        this.events.emit('cancel');
    }
}

class ProcessExecution { constructor(program, args, options) { Object.assign(this, { program, args, ...options }); } }
class Task { constructor(definition, scope, name, source, execution) { Object.assign(this, { name, execution }); } }
class Range { constructor(start, end) { Object.assign(this, { start, end }); } }
class Hover { constructor(contents) { this.contents = contents; } }
class MarkdownString { constructor(value) { this.value = value; } }
class CompletionItem { constructor(label, kind) { Object.assign(this, { label, kind }); } }

/** A cell's execution: keeps what VS Code would draw, as text by MIME type. */
class Execution {
    constructor(cell) {
        this.cell = cell;
        cell.executions.push(this);
    }

    start() { this.started = true; }
    end(success) { Object.assign(this, { ended: true, success }); this.cell.ended?.(this); }
    async clearOutput() { this.cell.outputs = []; }
    async appendOutput(output) { this.cell.outputs.push({ ...output, of: output, items: [...output.items] }); }
    async appendOutputItems(item, output) { this.shown(output).items.push(item); }
    async replaceOutputItems(items, output) { this.cell.notebook.cells.flatMap(c => c.outputs).find(o => o.of === output).items = [...items]; }
    async replaceOutput(outputs) { this.cell.outputs = outputs.map(o => ({ ...o, of: o, items: [...o.items] })); }
    shown(output) { return this.cell.outputs.find(o => o.of === output); }
}

const inert = { dispose() { } };
const events = new EventEmitter();
const on = name => listener => { events.on(name, listener); return inert; };

const vscode = {
    NotebookCellOutputItem, NotebookCellOutput, CancellationTokenSource, Range, Hover, MarkdownString, CompletionItem, ProcessExecution, Task,
    TaskScope: { Workspace: 2 },
    tasks: { executeTask: async task => { vscode.task = task; } },
    NotebookControllerAffinity: { Default: 1, Preferred: 2 },
    CompletionItemKind: { Text: 0, Method: 1, Variable: 5, Class: 6, Module: 8, Property: 9 },
    extensions: { all: [] },
    notebooks: {
        createNotebookController: (id, type, label) => vscode.controller = {
            id, type, label, preferred: [],
            updateNotebookAffinity: (notebook, affinity) => vscode.controller.preferred.push([notebook, affinity]),
            createNotebookCellExecution: cell => new Execution(cell),
            onDidChangeSelectedNotebooks: on('selected'),
            dispose() { },
        },
    },
    workspace: {
        isTrusted: true,
        notebookDocuments: [],
        workspaceFolders: undefined,
        getWorkspaceFolder: () => undefined,
        getConfiguration: () => ({ get: () => vscode.path }),
        onDidOpenNotebookDocument: on('open'),
        onDidCloseNotebookDocument: on('close'),
    },
    window: {
        createOutputChannel: () => ({ appendLine() { }, dispose() { } }),
        setStatusBarMessage: message => { vscode.word = message; },
        showInformationMessage: async () => undefined,
        showErrorMessage: async message => { vscode.told = message; },
        showInputBox: async () => undefined,
    },
    commands: { registerCommand: (name, run) => { vscode.ran = { ...vscode.ran, [name]: run }; return inert; } },
    languages: {
        registerCompletionItemProvider: (_, provider) => { vscode.completion = provider; return inert; },
        registerHoverProvider: (_, provider) => { vscode.hover = provider; return inert; },
    },
    fire: (name, event) => events.emit(name, event),
    forget: () => events.removeAllListeners(),
};

const load = Module._load;
Module._load = function (name, ...rest) {
    return name === 'vscode' ? vscode : load.call(this, name, ...rest);
};

module.exports = vscode;
