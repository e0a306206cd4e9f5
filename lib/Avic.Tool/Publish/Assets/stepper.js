// The reader is the scheduler. Beside the page lies a map: the states around a run, with the moves possible at each. Whatever
// is shown is put in as text, and nothing is fetched.
(function () {
  'use strict';
  var LETTERS = 'abcdefghijklmnopqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWYZ';   // of actors, in a token; x counts
  var WIDTH = 78, GUTTER = 3, MOST_COLUMNS = 3;                         // of a mail block
  var MOST_ROWS = 2000;

  // A map as it is walked: the moves of each explored state, and the distance of each state to the nearest boom (-1: none known).
  function unpack(data) {
    var at = 0, distances = data.run.slice(), states = [];
    function next() {
      for (var n = 0, scale = 1; ; scale *= 45) {
        var digit = data.nodes.charCodeAt(at++) - 35;
        if (digit >= 57) digit--;   // the backslash is no digit
        n += digit % 45 * scale;
        if (digit < 45) return n;
      }
    }
    for (var from = 0; from < data.explored; from++) {
      var moves = [];
      for (var left = next(); left > 0; left--) {
        var kind = data.moves[next()], met = next(), to = met === 1 ? -1 : distances.length + 1 - met;
        if (met === 0) {
          var difference = next(), near = Math.max(0, distances[from]);
          to = distances.push(difference === 0 ? -1 : difference % 2 ? near + (difference - 1) / 2 : near - difference / 2) - 1;
        }
        moves.push({
          actor: kind[0], alternative: kind[1], choice: kind[2], row: data.rows[kind[3]][0], text: data.rows[kind[3]][1],
          told: kind[4], changes: kind[5], end: kind[6], to: to
        });
      }
      states.push(moves);
    }
    return { moves: states, distances: distances };
  }

  function lettersOf(taken) {
    var text = '';
    for (var i = 0, count; i < taken.length; i += count) {
      var move = taken[i], same = function (other) {
        return other && other.actor === move.actor && other.alternative === move.alternative && other.choice === move.choice;
      };
      for (count = 1; same(taken[i + count]);) count++;
      text += LETTERS[move.actor] + (move.alternative || move.choice ? '_' + move.alternative : '') + (move.choice ? '.' + move.choice : '') + (count > 1 ? 'x' + count : '');
    }
    return text;
  }

  // The same as the library's mail block, sign for sign.
  function wrap(text, wide) {
    var lines = [];
    while (text.length > wide) {
      var cut = text.lastIndexOf(' ', wide);
      if (cut <= Math.floor(wide / 3)) cut = Math.max(text.lastIndexOf('(', wide - 1), text.lastIndexOf(',', wide - 1), text.lastIndexOf('>', wide - 1)) + 1;
      if (cut <= 0) cut = wide;
      lines.push(text.slice(0, cut).trimEnd());
      text = text.slice(cut).trimStart();
    }
    return lines.concat(text);
  }

  function mailOf(data, taken) {
    var told = [], untold = {}, calls = {}, ended = taken[taken.length - 1].end !== null;
    function sum(column) {
      if (untold[column]) told.push({ column: column, text: '(… ' + untold[column] + (untold[column] === 1 ? ' row)' : ' rows)') });
      untold[column] = 0;
    }
    taken.forEach(function (move, i) {
      var column = data.columns[move.actor], last = i === taken.length - 1;
      if (move.row === data.request) {
        var call = data.calls[move.actor][calls[move.actor] || 0];
        calls[move.actor] = (calls[move.actor] || 0) + 1;
        if (call) {
          sum(column);
          told.push({ column: column, text: call });
        }
      }
      if (last || move.told === 2 || move.told === 1 && ended && !data.isLost) {
        sum(column);
        told.push({ column: column, text: move.text, isRow: true });
      } else untold[column] = (untold[column] || 0) + 1;
      if (last && ended && !data.isGoal) told.push({ column: column, text: move.end });
    });
    Object.keys(untold).map(Number).sort(function (a, b) { return a - b; }).forEach(sum);

    function item(line, wide) {
      return wrap(line.text, line.isRow ? wide - 2 : wide).map(function (piece, i) { return (!line.isRow ? '' : i === 0 ? '- ' : '  ') + piece; });
    }
    var columns = told.map(function (line) { return line.column; }).sort(function (a, b) { return a - b; }).filter(function (column, i, all) { return column !== all[i - 1]; });
    var names = columns.map(function (column) { return data.heads[column]; }), lines = [];
    if (columns.length > MOST_COLUMNS) {
      var tag = Math.max.apply(null, names.map(function (name) { return name.length; }));
      told.forEach(function (line) {
        item(line, WIDTH - tag - 3).forEach(function (piece, i) {
          lines.push((i === 0 ? data.heads[line.column] : '').padEnd(tag) + ' | ' + piece);
        });
      });
    } else {
      var wide = Math.floor((WIDTH - GUTTER * (columns.length - 1)) / columns.length);
      var row = function (cell) {
        lines.push(columns.reduce(function (text, column, i) { return text.padEnd(i * (wide + GUTTER)) + cell(column, i); }, '').trimEnd());
      };
      row(function (column, i) { return names[i]; });
      row(function (column, i) { return '='.repeat(names[i].length); });
      told.forEach(function (line) {
        item(line, wide).forEach(function (piece) { row(function (column) { return column === line.column ? piece : ''; }); });
      });
    }
    lines.push('');
    wrap(data.title, WIDTH - 2).concat(data.token + lettersOf(taken)).forEach(function (line) { lines.push('  ' + line); });
    return lines.join('\n') + '\n';
  }

  function add(parent, name, text, kind) {
    var element = document.createElement(name);
    if (kind) element.className = kind;
    element.textContent = text || '';
    parent.append(element);
    return element;
  }

  function grouped(count) { return String(count).replace(/\B(?=(\d{3})+$)/g, '\u00a0'); }
  function plural(count, word) { return grouped(count) + ' ' + word + (count === 1 ? '' : 's'); }

  function Stepper(root, data) {
    var map = unpack(data), taken = [], word = '', buttons = [];
    var boom = data.isGoal ? 'goal' : 'boom', fingerprint = data.token.split(':').slice(-2)[0];
    var moving = {};   // fields that ever change; the others say nothing. Where each thread stands comes after the fields.
    data.moves.forEach(function (move) { move[5].forEach(function (change) { moving[change[0]] = true; }); });

    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', 'Stepper: you are the scheduler');
    var head = add(root, 'p', '', 'head');
    add(head, 'b', 'You are the scheduler.');
    head.append(' Whose row is next? In here the keys ');
    [['j', ' and '], ['k', ' choose a row, '], ['→', ' takes it, '], ['←', ' takes the last one back.']].forEach(function (key) {
      add(head, 'kbd', key[0]);
      head.append(key[1]);
    });
    // What stays in its place comes first.
    var controls = add(root, 'p', '', 'controls'), board = add(root, 'div', '', 'board'), status = add(root, 'p', '', 'status');
    status.setAttribute('role', 'status');
    var undo = control('Undo', function () { taken.pop(); });
    var towards = control('One row towards the ' + boom, function () { taken.push(nearest()); });
    var reset = control('Start over', function () { taken = []; });
    var values = add(fold('State', true), 'div', '', 'values');
    var rows = add(fold('Rows taken'), 'ol', '', 'rows');
    var mail = block(fold('As a mail block'), '');
    var elsewhere = fold('To go on elsewhere');
    var link = add(add(elsewhere, 'p'), 'a', 'The address of this walk');
    add(elsewhere, 'p', 'In a cell:', 'label');
    var cell = block(elsewhere, 'line');
    add(elsewhere, 'p', 'In a shell:', 'label');
    var shell = block(elsewhere, 'line');
    add(root, 'p', mapWords(), 'note');

    function mapWords() {
      if (data.isWhole && data.known === data.states) return 'The map has every state there is, ' + grouped(data.states) + '. Distances are exact.';
      return 'The map has the ' + grouped(data.known) + ' states within ' + plural(data.radius, 'row') + ' of the run, of ' + (data.isWhole
        ? grouped(data.states) + ' in all. Distances are exact.'
        : 'more than ' + grouped(data.states) + ', where exploring was ended. So a distance is that of the shortest way found: there may be a shorter one.');
    }

    function control(text, act) {
      var button = add(controls, 'button', text);
      button.type = 'button';
      button.addEventListener('click', function () { move(act); });
      return button;
    }

    function fold(title, open) {
      var details = document.createElement('details');
      details.open = !!open;
      add(details, 'summary', title);
      root.append(details);
      return details;
    }

    function block(parent, kind) {
      var pre = add(parent, 'pre', '', kind);
      pre.tabIndex = 0;
      return pre;
    }

    function here() { return taken.length ? taken[taken.length - 1].to : 0; }
    function isEnd() { return taken.length > 0 && taken[taken.length - 1].end !== null; }
    function possible() { return isEnd() ? [] : map.moves[here()] || []; }
    function distanceOf(move) { return move.end !== null ? 0 : map.distances[move.to]; }

    // Of equal ways, that which stays nearest to the run: it has the lowest number.
    function nearest() {
      return possible().filter(function (move) { return distanceOf(move) >= 0; })
        .sort(function (a, b) { return distanceOf(a) - distanceOf(b) || a.to - b.to; })[0];
    }

    // Acts, shows, and leaves the focus where the next key is expected: on a row of the actor that just moved.
    function move(act) {
      var held = document.activeElement, onBoard = board.contains(held), before = taken.length;
      word = '';
      act();
      show();
      try { history.replaceState(null, '', link.hash); } catch (refused) { /* the link has the address all the same */ }
      if (!onBoard && !held.disabled) return;
      var actor = taken.length > before ? taken[taken.length - 1].actor : -1;
      focus(buttons.findIndex(function (button) { return button.actor === actor; }));
    }

    function focus(i) { (buttons.length ? buttons[Math.max(0, i)].element : undo.disabled ? towards : undo).focus({ preventScroll: true }); }

    root.addEventListener('keydown', function (event) {
      if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || !board.contains(event.target) && !controls.contains(event.target)) return;
      var chosen = buttons.findIndex(function (button) { return button.element === document.activeElement; });
      if (event.key === 'j') focus((chosen + 1) % (buttons.length || 1));
      else if (event.key === 'k') focus((chosen <= 0 ? buttons.length : chosen) - 1);
      else if (event.key === 'ArrowRight' && buttons.length) buttons[Math.max(0, chosen)].element.click();
      else if (event.key === 'ArrowLeft') { if (taken.length) move(function () { taken.pop(); }); }
      else return;
      event.preventDefault();
    });

    function show() {
      var now = data.initial.slice(), old = now;
      taken.forEach(function (move) {
        old = now.slice();
        move.changes.forEach(function (change) { now[change[0]] = change[1]; });
      });
      showBoard(now);
      showStatus();
      values.textContent = '';
      data.fields.forEach(function (field, i) {
        if (!moving[i]) return;
        var changed = now[i] !== old[i], line = add(values, 'div', '', changed ? 'changed' : '');
        add(line, 'span', field);
        add(line, changed ? 'b' : 'span', (changed ? old[i] + ' → ' : '') + now[i]);
      });
      rows.textContent = '';
      taken.forEach(function (move) { add(rows, 'li', data.actors[move.actor] + '  ' + move.row + changesOf(move)); });
      var token = data.token + lettersOf(taken);
      mail.textContent = taken.length ? mailOf(data, taken) : 'No row is taken yet.';
      cell.textContent = 'var token = "' + token + '"; Scenario.Of(token).Replay(token).Lanes()';
      shell.textContent = "avic replay --rows '" + token + "'";
      link.href = '#' + root.id + (taken.length ? '=' + fingerprint + ':' + lettersOf(taken) : '');
      undo.disabled = reset.disabled = taken.length === 0;
      towards.disabled = !nearest();
    }

    function changesOf(move) {
      var named = move.changes.filter(function (change) { return change[0] < data.fields.length; });
      return named.length ? ': ' + named.map(function (change) { return data.fields[change[0]] + ' = ' + change[1]; }).join(', ') : '';
    }

    function showBoard(now) {
      var moves = possible(), isEdge = !isEnd() && !map.moves[here()];
      board.textContent = '';
      buttons = [];
      data.heads.forEach(function (name, column) {
        if (data.columns[column] !== column) return;
        var last = taken[taken.length - 1], box = add(board, 'div', '', last && data.columns[last.actor] === column ? 'actor last' : 'actor');
        add(box, 'p', name, 'label');
        moves.forEach(function (move) {
          if (data.columns[move.actor] !== column) return;
          var button = add(box, 'button');
          button.type = 'button';
          // Lines break after an arrow, not within it.
          add(button, 'span', move.text.replace(/->/g, '-\u2060>\u200b'), 'text');
          add(button, 'span', (move.actor === column ? '' : data.actors[move.actor] + ': ') + move.row + (move.choice ? ', choice ' + move.choice : ''), 'row');
          button.addEventListener('click', function () { stepTo(move); });
          buttons.push({ element: button, actor: move.actor });
        });
        var stands = now[data.fields.length + column];
        if (!moves.some(function (move) { return move.actor === column; }))
          add(box, 'p', stands ? (isEdge || isEnd() ? 'at ' : 'waits at ') + stands : 'has ended', 'note');
      });
    }

    function stepTo(step) { move(function () { taken.push(step); }); }

    function showStatus() {
      status.textContent = '';
      if (word) add(status, 'span', word + ' ', 'word');
      if (taken.length) {
        var last = taken[taken.length - 1];
        add(status, 'span', taken.length + '. ' + data.actors[last.actor] + ': ' + last.row + changesOf(last) + '. ');
      }
      var distance = isEnd() ? 0 : map.distances[here()];
      if (isEnd()) add(status, 'b', last.end + ' after ' + plural(taken.length, 'row') + (data.isWhole ? '; the shortest way takes ' + data.run[0] + '.' : '.') + ' ' + (data.isGoal ? 'Reached: ' : 'Broken: ') + data.sentence, 'boom');
      else {
        add(status, 'b', distance < 0 ? (data.isWhole ? 'No ' + boom + ' can be reached from here.' : 'No ' + boom + ' is known from here.')
          : (data.isWhole ? 'The nearest ' + boom + ' is ' : 'The nearest ' + boom + ' is at most ') + plural(distance, 'row') + ' away.');
        if (!map.moves[here()]) {
          add(status, 'span', 'What follows is beyond this map, which ends ' + plural(data.radius, 'row') + ' off the run. Take a row back, or go on elsewhere:', 'edge');
          elsewhere.open = true;
        }
      }
    }

    // Follows an address as far as it goes.
    this.follow = function (made, letters) {
      var pattern = /([a-wyzA-WYZ])(?:_(\d{1,3}))?(?:\.(\d{1,3}))?(?:x(\d{1,4}))?/y, part;
      taken = [];
      word = made === fingerprint ? '' : 'This address was made with other rows.';
      while (!word && pattern.lastIndex < letters.length) {
        var at = pattern.lastIndex;
        if (!(part = pattern.exec(letters))) word = 'This address is no schedule from its letter ' + (at + 1) + ' on.';
        for (var count = part ? Number(part[4] || 1) : 0; count > 0 && !word; count--) {
          var step = possible().find(function (move) { return move.actor === LETTERS.indexOf(part[1]) && move.alternative === Number(part[2] || 0) && move.choice === Number(part[3] || 0); });
          if (step && taken.length < MOST_ROWS) taken.push(step);
          else word = 'This address goes on where nothing does here, after ' + plural(taken.length, 'row') + '.';
        }
      }
      show();
      root.scrollIntoView();
      // Pictures above may still be coming.
      if (document.readyState !== 'complete') addEventListener('load', function () { root.scrollIntoView(); });
    };

    show();
  }

  var steppers = {};
  document.querySelectorAll('.stepper').forEach(function (root) {
    var data = window.avicMaps && window.avicMaps[root.id];
    if (!data) return;
    steppers[root.id] = new Stepper(root, data);
    // The picture that the page shows without scripts is at hand, folded.
    root.parentElement.querySelectorAll(':scope > :not(.stepper) > details').forEach(function (details) { details.open = false; });
  });

  function follow() {
    var parts = /^#(stepper-[0-9-]+)=([^:]*):(.*)$/.exec(location.hash);
    if (parts && steppers[parts[1]]) steppers[parts[1]].follow(parts[2], parts[3]);
  }
  addEventListener('hashchange', follow);
  follow();
})();
