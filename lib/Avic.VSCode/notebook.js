'use strict';

/** What a notebook file says about itself, as VS Code's own .ipynb support hands it on. */

/** @returns {boolean} true for .net-csharp and any other C# kernel */
function isCSharp(notebook) {
    const { kernelspec, language_info: info } = notebook.metadata?.metadata ?? {};
    return kernelspec?.name === '.net-csharp' || [kernelspec?.language, info?.name].some(isCSharpName);
}

/** The language of a Polyglot cell, where it is not C#. */
function otherLanguage(cell) {
    const metadata = cell.metadata?.metadata ?? {};
    const language = metadata.polyglot_notebook?.kernelName ?? metadata.dotnet_interactive?.language;
    return language === undefined || isCSharpName(language) ? undefined : language;
}

const isCSharpName = name => ['c#', 'csharp'].includes(String(name ?? '').toLowerCase());

module.exports = { isCSharp, otherLanguage };
