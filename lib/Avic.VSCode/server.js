'use strict';

const { spawn } = require('node:child_process');
const { createInterface } = require('node:readline');

/** How many lines of the standard error are kept, to tell why a process ended. */
const LAST_WORDS = 20;

/**
 * An `avic serve` process: requests go in as JSON lines, each is answered by lines of the same id.
 * lib/Avic.Tool/Serve/EditorServer.cs describes them.
 */
class Server {
    /**
     * @param {{ command: string, args: string[] }} tool what starts `avic`
     * @param {{ onNote: (text: string) => void, onEnd: () => void }} listener
     */
    constructor(tool, listener) {
        this.waiting = new Map();
        this.lastId = 0;
        this.lastWords = [];
        this.listener = listener;
        this.process = spawn(tool.command, [...tool.args, 'serve'], { stdio: 'pipe', windowsHide: true });
        this.process.on('error', e => this.end(`${tool.command} could not be started (${e.message})`));
        this.process.on('close', code => this.end(`avic ended (exit code ${code})${this.lastWords.map(line => `\n${line}`).join('')}`));
        this.process.stdin.on('error', () => { });   // 'close' tells it, and why
        createInterface({ input: this.process.stdout, crlfDelay: Infinity }).on('line', line => this.take(line));
        createInterface({ input: this.process.stderr, crlfDelay: Infinity }).on('line', line => this.hear(line));
    }

    /**
     * @param {string} type
     * @param {object} fields
     * @param {(event: any) => void} [onEvent] hears what comes before the answer, in order
     * @returns {Promise<any>} the `done` line; rejected by a refusal, or when the process ends first
     */
    request(type, fields, onEvent = () => { }) {
        if (this.ended)
            return Promise.reject(new Error(this.ended));
        const id = ++this.lastId;
        return new Promise((resolve, reject) => {
            this.waiting.set(id, { resolve, reject, onEvent });
            this.process.stdin.write(`${JSON.stringify({ id, type, ...fields })}\n`);
        });
    }

    /** Ends the process, and with it every engine: it ends when its input does. */
    dispose() {
        this.process.stdin.end();
    }

    take(line) {
        const message = parse(line);
        if (!message)
            return this.hear(line);   // not avic: the runtime's own voice, or another program of that name
        if (message.type === 'note')
            return this.listener.onNote(message.text);
        const asker = this.waiting.get(message.id);
        if (!asker)
            return;
        if (message.type !== 'done' && message.type !== 'refused')
            return asker.onEvent(message);
        this.waiting.delete(message.id);
        if (message.type === 'done')
            asker.resolve(message);
        else
            asker.reject(new Error(message.message));
    }

    hear(line) {
        this.listener.onNote(line);
        if (this.lastWords.length < LAST_WORDS)
            this.lastWords.push(line);
    }

    end(why) {
        if (this.ended)
            return;
        this.ended = why;
        for (const asker of this.waiting.values())
            asker.reject(new Error(why));
        this.waiting.clear();
        this.listener.onEnd();
    }
}

function parse(line) {
    try {
        return JSON.parse(line);
    } catch {
        return undefined;
    }
}

module.exports = { Server };
