'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const EXE = process.platform === 'win32' ? '.exe' : '';

/** There is no `avic` to be found; the message says what to do. */
class ToolMissing extends Error {
    /** @param {string} message @param {string} [clone] the clone in which a build would help */
    constructor(message, clone) {
        super(message);
        this.clone = clone;
    }
}

/**
 * What starts `avic`: the setting, else the one built in a clone, else the one on the PATH.
 * @param {string} setting `avic.path`, empty for none
 * @param {string[]} folders where a clone may lie
 * @returns {{ command: string, args: string[] }}
 */
function find(setting, folders) {
    if (setting)
        return named(setting);
    const clone = folders.find(folder => fs.existsSync(path.join(folder, 'lib', 'Avic.Tool', 'Avic.Tool.csproj')));
    if (clone)
        return built(clone);
    const found = [...onPath(), path.join(os.homedir(), '.dotnet', 'tools')].map(folder => path.join(folder, `avic${EXE}`)).find(isFile);
    if (found)
        return { command: found, args: [] };
    throw new ToolMissing('The avic command was not found.\nOpen the folder of a clone of the AVIC exploration kit, install avic as a .NET tool,\nor name it in the setting avic.path.');
}

/**
 * The folders from a notebook's up to its workspace folder: only those were trusted, their parents were not.
 * @param {string} folder @param {string | undefined} workspaceFolder
 */
function searched(folder, workspaceFolder) {
    if (!workspaceFolder)
        return [];
    const inside = path.relative(workspaceFolder, folder);
    const steps = inside && !inside.startsWith('..') && !path.isAbsolute(inside) ? inside.split(path.sep) : [];
    return steps.map((_, i) => path.join(workspaceFolder, ...steps.slice(0, steps.length - i))).concat(workspaceFolder);
}

function named(setting) {
    if (!isFile(setting))
        throw new ToolMissing(`The setting avic.path names ${setting}, and there is no such file.\nCorrect or empty it.`);
    return setting.endsWith('.dll') ? dotnet(setting) : { command: setting, args: [] };
}

/** Of several builds, the newest. */
function built(clone) {
    const bin = path.join(clone, 'lib', 'Avic.Tool', 'bin');
    const builds = folders(bin).flatMap(folders).map(folder => path.join(folder, 'avic.dll')).filter(isFile)
        .sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs);
    if (builds.length === 0)
        throw new ToolMissing(`avic is not built yet.\nRun in ${clone}: dotnet build lib/Avic.Tool`, clone);
    return dotnet(builds[0]);
}

function dotnet(dll) {
    const found = [process.env.DOTNET_ROOT ?? '', ...onPath()].filter(Boolean).map(folder => path.join(folder, `dotnet${EXE}`)).find(isFile);
    if (!found)
        throw new ToolMissing('The dotnet command was not found.\nInstall the .NET 10 SDK, and start VS Code again.');
    return { command: found, args: [dll] };
}

const onPath = () => (process.env.PATH ?? '').split(path.delimiter).filter(path.isAbsolute);

const folders = folder => fs.existsSync(folder)
    ? fs.readdirSync(folder, { withFileTypes: true }).filter(e => e.isDirectory()).map(e => path.join(folder, e.name))
    : [];

const isFile = file => fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;

module.exports = { find, searched, ToolMissing };
