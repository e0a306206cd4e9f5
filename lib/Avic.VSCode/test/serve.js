'use strict';

// Stands in for `avic serve`: the same lines, with a language of a few words. A cell that begins with #! is shown as it came; every line of another is one of
//   say TEXT · show TYPE JSON · name ID TEXT · rename ID TEXT · progress FRACTION TEXT · ask SECRET · fail · hang · die

const { createInterface } = require('node:readline');

const say = line => process.stdout.write(`${JSON.stringify(line)}\n`);
const hanging = new Map();
const asking = new Map();

async function execute({ id, session, code }) {
    if (code.startsWith('#!')) {
        say({ id, type: 'display', data: { 'text/plain': code }, isResult: false, displayId: null, isUpdate: false });
        return say({ id, type: 'done', ok: true });
    }
    for (const line of code.split('\n')) {
        const [, word, rest] = /^(\w+) ?(.*)$/.exec(line);
        const [, first, second] = /^(\S*) ?(.*)$/.exec(rest);
        switch (word) {
            case 'say': say({ id, type: 'stream', name: 'stdout', text: rest }); break;
            case 'show': say({ id, type: 'display', data: { [first]: JSON.parse(second) }, isResult: true, displayId: null, isUpdate: false }); break;
            case 'name': say({ id, type: 'display', data: { 'text/plain': second }, isResult: false, displayId: first, isUpdate: false }); break;
            case 'rename': say({ id, type: 'display', data: { 'text/plain': second }, isResult: false, displayId: first, isUpdate: true }); break;
            case 'progress': say({ id, type: 'progress', text: second, fraction: Number(first) }); break;
            case 'ask': {
                say({ id, type: 'ask', prompt: 'who?', isSecret: first === 'true' });
                const text = await new Promise(resolve => asking.set(session, resolve));
                say({ id, type: 'stream', name: 'stdout', text: String(text) });
                break;
            }
            case 'fail': return fail(id, 'boom');
            case 'hang': {
                say({ id, type: 'stream', name: 'stdout', text: 'hanging' });
                return fail(id, await new Promise(resolve => hanging.set(session, resolve)));
            }
            case 'die': process.stderr.write('last words\n'); process.exit(3);
        }
    }
    say({ id, type: 'done', ok: true });
}

function fail(id, value) {
    say({ id, type: 'error', name: 'Exception', value, traceback: [`Exception: ${value}`, '   at cell 1, line 1'] });
    say({ id, type: 'done', ok: false });
}

createInterface({ input: process.stdin }).on('line', line => {
    const request = JSON.parse(line);
    const { id, type, session } = request;
    switch (type) {
        case 'execute': return void execute(request);
        case 'interrupt': hanging.get(session)?.('interrupted'); break;
        case 'restart': hanging.get(session)?.('restarted'); break;
        case 'input': asking.get(session)(request.text); break;
        case 'complete': return say({ id, type: 'done', start: request.cursor - 2, end: request.cursor, proposals: [{ text: 'WriteLine', kind: 'Method', summary: 'void' }, { text: 'x', kind: 'Local', summary: null }] });
        case 'inspect': return say({ id, type: 'done', data: request.cursor === 0 ? null : { 'text/markdown': `**${request.code}**`, 'text/plain': request.code } });
    }
    say({ id, type: 'done' });
}).on('close', () => process.exit());
