'use strict';

const vscode = require('vscode');

const PLOTLY = 'application/vnd.plotly.v1+json';
const BAR = 20;

/** Puts what a cell says below it, in order. What it writes here is what VS Code saves. */
class CellOutputs {
    /**
     * @param {vscode.NotebookCellExecution} execution
     * @param {Map<string, { cell: vscode.NotebookCell, output: vscode.NotebookCellOutput }[]>} displays what was shown under a name, in all cells
     */
    constructor(execution, displays) {
        this.execution = execution;
        this.displays = displays;
        this.outputs = [];
        this.tail = Promise.resolve();
        this.failed = false;
    }

    /** @param {any} event a line of `avic serve` */
    add(event) {
        switch (event.type) {
            case 'stream': return this.stream(event);
            case 'display': return event.isUpdate ? this.update(event) : this.display(event);
            case 'progress': return this.advance(event);
            case 'error': return this.error(event);
        }
    }

    stream({ name, text }) {
        const item = name === 'stderr' ? vscode.NotebookCellOutputItem.stderr(text) : vscode.NotebookCellOutputItem.stdout(text);
        const last = this.outputs.at(-1);
        if (last?.metadata?.name !== name)
            return this.append(new vscode.NotebookCellOutput([item], { outputType: 'stream', name }));
        this.then(() => {
            last.items.push(item);   // not before it is its turn: what was to be appended first would have it, too
            return this.execution.appendOutputItems(item, last);
        });
    }

    display({ data, isResult, displayId }) {
        const metadata = isResult ? { outputType: 'execute_result', executionCount: this.execution.executionOrder } : { outputType: 'display_data' };
        const output = new vscode.NotebookCellOutput(items(data), metadata);
        if (displayId)
            this.displays.set(displayId, [...this.displays.get(displayId) ?? [], { cell: this.execution.cell, output }]);
        this.append(output);
    }

    update({ data, displayId }) {
        for (const { output } of this.displays.get(displayId) ?? []) {
            this.then(() => {
                output.items = items(data);
                return this.execution.replaceOutputItems(output.items, output);
            });
        }
    }

    /** One line that changes; `end` takes it away. */
    advance({ text, fraction }) {
        const done = Math.round((fraction ?? 0) * BAR);
        const bar = fraction === null ? text : `${'█'.repeat(done)}${'░'.repeat(BAR - done)} ${text}`;
        const item = vscode.NotebookCellOutputItem.text(bar, 'text/plain');
        if (this.progress)
            return this.then(() => this.execution.replaceOutputItems([item], this.progress));
        this.progress = new vscode.NotebookCellOutput([item]);
        this.then(() => this.execution.appendOutput(this.progress));
    }

    error({ name, value, traceback }) {
        this.failed = true;
        const item = vscode.NotebookCellOutputItem.error({ name, message: value, stack: traceback.join('\n') });
        const originalError = { output_type: 'error', ename: name, evalue: value, traceback };
        this.append(new vscode.NotebookCellOutput([item], { outputType: 'error', originalError }));
    }

    /** When everything is where it belongs, and the progress is gone. */
    async end() {
        if (this.progress)
            this.then(() => this.execution.replaceOutput(this.outputs));
        await this.tail;
    }

    append(output) {
        this.outputs.push(output);
        this.then(() => this.execution.appendOutput(output));
    }

    /** A cell that was deleted while it ran takes no outputs; its engine goes on. */
    then(operation) {
        this.tail = this.tail.then(operation).catch(() => { });
    }
}

function items(data) {
    return Object.entries(data).filter(([type]) => type !== PLOTLY || canDraw(PLOTLY)).map(([type, value]) => item(type, value));
}

function item(type, value) {
    if (typeof value !== 'string')
        return vscode.NotebookCellOutputItem.json(value, type);
    if (type.startsWith('image/') && type !== 'image/svg+xml')
        return new vscode.NotebookCellOutputItem(Buffer.from(value, 'base64'), type);
    return vscode.NotebookCellOutputItem.text(value, type);
}

/** Without a renderer the JSON of a figure would be of no use, and be saved all the same. */
function canDraw(type) {
    return vscode.extensions.all.some(e => e.packageJSON?.contributes?.notebookRenderer?.some(r => r.mimeTypes?.includes(type)));
}

module.exports = { CellOutputs };
