'use strict';

const path = require('node:path');
const os = require('node:os');
const vscode = require('vscode');
const { CellOutputs } = require('./outputs');
const { Server } = require('./server');
const { otherLanguage } = require('./notebook');
const { find, searched, ToolMissing } = require('./tool');

// Cells that are there to be looked at: the engine shows what stands below a line `#!language`.
const SHOWN = ['markdown', 'html', 'mermaid'];

/** One `avic serve` process and the notebooks that talk to it; started when the first cell is run. */
class Kernel {
    /**
     * @param {vscode.NotebookController} controller
     * @param {vscode.OutputChannel} log
     */
    constructor(controller, log) {
        this.controller = controller;
        this.log = log;
        this.notebooks = new Map();
    }

    /** @param {vscode.NotebookDocument} document */
    of(document) {
        const key = document.uri.toString();
        if (!this.notebooks.has(key))
            this.notebooks.set(key, new NotebookKernel(this, document));
        return this.notebooks.get(key);
    }

    close(document) {
        this.notebooks.get(document.uri.toString())?.close();
        this.notebooks.delete(document.uri.toString());
    }

    dispose() {
        this.running?.dispose();
    }

    /** @returns {Server} the process, started afresh if it ended */
    server(document, folder) {
        if (this.running)
            return this.running;
        const workspaceFolders = vscode.workspace.workspaceFolders ?? [];
        const own = vscode.workspace.getWorkspaceFolder(document.uri);
        const places = [...searched(folder, own?.uri.fsPath), ...workspaceFolders.map(f => f.uri.fsPath)];
        const tool = find(vscode.workspace.getConfiguration('avic', document.uri).get('path', ''), places);
        this.log.appendLine(`${tool.command} ${[...tool.args, 'serve'].join(' ')}`);
        const server = new Server(tool, {
            onNote: text => this.log.appendLine(text),
            onEnd: () => { if (this.running === server) this.running = undefined; },
        });
        return this.running = server;
    }
}

/** What runs one notebook's cells, one after the other. */
class NotebookKernel {
    constructor(kernel, document) {
        this.kernel = kernel;
        this.document = document;
        this.displays = new Map();
        this.count = 0;
        this.tail = Promise.resolve();
        this.giveUpWaiting();
    }

    /** Resolves when these cells have run, or an error, an interrupt or a restart made the rest of them pointless. */
    run(cells) {
        const turn = this.turn;
        for (const cell of cells)
            this.tail = this.tail.then(() => turn.isOver ? undefined : this.runCell(cell, turn))
                .catch(e => this.kernel.log.appendLine(`a cell was given up: ${e.stack ?? e}`));   // VS Code takes no execution of a deleted cell
        return this.tail;
    }

    async interrupt() {
        this.giveUpWaiting();
        if (this.isExecuting)
            await this.request('interrupt').catch(() => { });   // the cell tells what happened to it
    }

    async restart() {
        this.giveUpWaiting();
        this.count = 0;
        this.displays.clear();
        if (this.isOpen())
            await this.request('restart');
    }

    close() {
        this.giveUpWaiting();
        if (this.isOpen())
            this.request('shutdown').catch(() => { });
    }

    /** Asks about a text rather than runs it. @returns {Promise<any>} undefined if there is no answer to be had */
    async ask(type, fields) {
        try {
            await this.open();
            return await this.request(type, fields);
        } catch {
            return undefined;   // who runs a cell is told why; who types is not to be disturbed
        }
    }

    async runCell(cell, turn) {
        const language = otherLanguage(cell);
        if (language && !SHOWN.includes(language)) {
            vscode.window.setStatusBarMessage(`${language}: skipped, avic runs C#`, 5000);
            return;   // its outputs stay as they were saved
        }
        const execution = this.kernel.controller.createNotebookCellExecution(cell);
        for (const [id, shown] of this.displays)
            this.displays.set(id, shown.filter(s => s.cell !== cell));
        execution.start(Date.now());
        await execution.clearOutput();
        const outputs = new CellOutputs(execution, this.displays);
        const ran = await this.execute(cell, execution, outputs, turn);
        await outputs.end();
        execution.end(ran ? !outputs.failed : undefined, Date.now());
        if (outputs.failed && !turn.isOver)
            this.giveUpWaiting();
    }

    /** @returns {Promise<boolean>} false if there was nothing to run */
    async execute(cell, execution, outputs, turn) {
        const code = cell.document.getText();
        if (code.trim() === '')
            return false;
        const language = otherLanguage(cell);
        const over = new vscode.CancellationTokenSource();
        try {
            await this.open();
            if (turn.isOver)
                return false;
            execution.executionOrder = ++this.count;
            this.isExecuting = true;
            await this.request('execute', { cell: this.count, code: language ? `#!${language}\n${code}` : code }, event =>
                event.type === 'ask' ? this.answer(event, over.token) : outputs.add(event));
        } catch (e) {
            this.tellFailure(e, outputs);
        } finally {
            this.isExecuting = false;
            over.cancel();
        }
        return true;
    }

    /** A box for the line that a cell reads; it goes when the cell does. */
    async answer({ prompt, isSecret }, token) {
        const text = await vscode.window.showInputBox({ prompt: prompt || 'The cell reads a line.', password: isSecret, ignoreFocusOut: true }, token);
        if (!token.isCancellationRequested)
            await this.request('input', { text: text ?? null }).catch(() => { });
    }

    tellFailure(e, outputs) {
        const lost = this.server?.ended ? `${e.message}\nAll variables are gone; run the cells above again.` : e.message;
        outputs.error({ name: 'avic', value: lost, traceback: [lost] });
        if (e instanceof ToolMissing && e.clone)
            offerBuild(e.clone);
    }

    isOpen() {
        return this.server !== undefined && !this.server.ended;
    }

    /** An engine for this notebook, where there is none yet. */
    open() {
        if (!this.isOpen())
            this.opening = this.openAfresh();
        return this.opening;
    }

    async openAfresh() {
        if (!vscode.workspace.isTrusted)
            throw new Error('Cells run only in trusted folders: run "Workspaces: Manage Workspace Trust".');
        const folder = folderOf(this.document);
        this.server = this.kernel.server(this.document, folder);
        this.count = 0;
        this.displays.clear();
        try {
            await this.request('open', { folder });
        } catch (e) {
            if (!this.server.ended)
                this.server = undefined;   // refused: the next cell tries again
            throw e;
        }
    }

    request(type, fields, onEvent) {
        return this.server.request(type, { session: this.document.uri.toString(), ...fields }, onEvent);
    }

    /** Cells that wait are not run; those that come later are. */
    giveUpWaiting() {
        if (this.turn)
            this.turn.isOver = true;
        this.turn = { isOver: false };
    }
}

function folderOf(document) {
    if (!document.isUntitled && document.uri.scheme === 'file')
        return path.dirname(document.uri.fsPath);
    return vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? os.homedir();
}

async function offerBuild(clone) {
    if (await vscode.window.showInformationMessage(`avic is not built yet in ${clone}.`, 'Build') !== 'Build')
        return;
    const build = new vscode.ProcessExecution('dotnet', ['build', 'lib/Avic.Tool'], { cwd: clone });
    await vscode.tasks.executeTask(new vscode.Task({ type: 'process' }, vscode.TaskScope.Workspace, 'build avic', 'avic', build));
}

module.exports = { Kernel };
