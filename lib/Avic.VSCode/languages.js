'use strict';

const vscode = require('vscode');

/** Roslyn's words for what VS Code calls otherwise; the rest have the same name. */
const KINDS = { Delegate: 'Class', Local: 'Variable', Namespace: 'Module', Parameter: 'Variable', RangeVariable: 'Variable', Structure: 'Struct' };

/** Completion and hover in the cells of notebooks that chose our kernel. */
class CSharpCells {
    /** @param {import('./kernel').Kernel} kernel @param {(notebook: vscode.NotebookDocument) => boolean} isOurs */
    constructor(kernel, isOurs) {
        this.kernel = kernel;
        this.isOurs = isOurs;
    }

    async provideCompletionItems(document, position) {
        const answer = await this.ask('complete', document, position);
        if (!answer)
            return undefined;
        const range = new vscode.Range(document.positionAt(answer.start), document.positionAt(answer.end));
        return answer.proposals.map(proposal => completion(proposal, range));
    }

    async provideHover(document, position) {
        const answer = await this.ask('inspect', document, position);
        if (!answer?.data)
            return undefined;
        const markdown = answer.data['text/markdown'];
        return new vscode.Hover(markdown === undefined ? answer.data['text/plain'] : new vscode.MarkdownString(markdown));
    }

    async ask(type, document, position) {
        const notebook = vscode.workspace.notebookDocuments.find(n => n.getCells().some(cell => cell.document === document));
        if (!notebook || !this.isOurs(notebook) || !vscode.workspace.isTrusted)
            return undefined;
        return await this.kernel.of(notebook).ask(type, { code: document.getText(), cursor: document.offsetAt(position) });
    }
}

function completion({ text, kind, summary }, range) {
    const item = new vscode.CompletionItem(text, vscode.CompletionItemKind[KINDS[kind] ?? kind] ?? vscode.CompletionItemKind.Text);
    item.range = range;
    if (summary)
        item.detail = summary;
    return item;
}

module.exports = { CSharpCells };
