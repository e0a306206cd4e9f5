'use strict';

const vscode = require('vscode');
const { Kernel } = require('./kernel');
const { isCSharp } = require('./notebook');
const { CSharpCells } = require('./languages');

const NOTEBOOK = 'jupyter-notebook';
const LANGUAGES = ['csharp', 'polyglot-notebook', 'dotnet-interactive.csharp'];

/** @param {vscode.ExtensionContext} context */
function activate(context) {
    const log = vscode.window.createOutputChannel('C# notebooks (avic)');
    const controller = vscode.notebooks.createNotebookController('avic', NOTEBOOK, 'C# (avic)');
    const kernel = new Kernel(controller, log);
    const chosen = new WeakSet();
    controller.description = 'The AVIC exploration kit';
    controller.supportedLanguages = LANGUAGES;
    controller.supportsExecutionOrder = true;
    controller.executeHandler = (cells, notebook) => kernel.of(notebook).run(cells);
    controller.interruptHandler = notebook => kernel.of(notebook).interrupt();

    const offer = notebook => {
        if (notebook.notebookType === NOTEBOOK && isCSharp(notebook))
            controller.updateNotebookAffinity(notebook, vscode.NotebookControllerAffinity.Preferred);
    };
    const cells = new CSharpCells(kernel, notebook => chosen.has(notebook));
    const selector = LANGUAGES.map(language => ({ language, notebookType: NOTEBOOK }));
    context.subscriptions.push(
        log, controller, kernel,
        controller.onDidChangeSelectedNotebooks(({ notebook, selected }) => selected ? chosen.add(notebook) : chosen.delete(notebook)),
        vscode.workspace.onDidOpenNotebookDocument(offer),
        vscode.workspace.onDidCloseNotebookDocument(notebook => kernel.close(notebook)),
        vscode.commands.registerCommand('avic.restart', at => restart(kernel, at)),
        vscode.languages.registerCompletionItemProvider(selector, cells, '.'),
        vscode.languages.registerHoverProvider(selector, cells));
    vscode.workspace.notebookDocuments.forEach(offer);
}

/** From the toolbar `at` names the notebook; from the command palette it is the one in front. */
async function restart(kernel, at) {
    const uri = at?.notebookEditor?.notebookUri?.toString() ?? vscode.window.activeNotebookEditor?.notebook.uri.toString();
    const notebook = vscode.workspace.notebookDocuments.find(n => n.uri.toString() === uri);
    if (!notebook)
        return;
    try {
        await kernel.of(notebook).restart();
        vscode.window.setStatusBarMessage('C# (avic) restarted: all variables are gone.', 5000);
    } catch (e) {
        vscode.window.showErrorMessage(`C# (avic): ${e.message}`);
    }
}

module.exports = { activate };
