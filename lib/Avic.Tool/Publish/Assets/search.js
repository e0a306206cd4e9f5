// A box beside the way home that finds sections by their words. Without scripts it is not there.
(function () {
  'use strict';
  var MOST = 25, AROUND = 70;
  var header = document.querySelector('header.site');
  if (!header) return;
  var here = document.currentScript.src;
  var waiting = null;

  function make(name, attributes, text) {
    var element = document.createElement(name);
    Object.keys(attributes).forEach(function (key) { element.setAttribute(key, attributes[key]); });
    if (text) element.textContent = text;
    return element;
  }

  var form = make('form', { role: 'search' });
  var box = make('input', { type: 'search', 'aria-label': 'Search all pages', placeholder: 'Search', autocomplete: 'off', spellcheck: 'false', 'aria-controls': 'found' });
  var found = make('section', { id: 'found', 'class': 'found', 'aria-label': 'Found', hidden: '' });
  var count = make('p', { role: 'status', 'aria-live': 'polite' });
  var instead = make('button', { type: 'button', hidden: '' });
  var list = make('ol', {});
  form.append(box);
  found.append(count, instead, list);
  header.querySelector('nav').after(form);
  header.after(found);

  // From disk a script is the only file that can be had, and nobody waits for one who does not search.
  function whenLoaded(then) {
    if (window.avicSearch) return then();
    if (!waiting) {
      waiting = document.createElement('script');
      waiting.src = new URL('search-index.js', here).href;
      waiting.addEventListener('error', function () { found.hidden = false; count.textContent = 'The index of this site is missing.'; });
      document.head.append(waiting);
    }
    waiting.addEventListener('load', then, { once: true });
  }

  function score(entry, words) {
    var places = [entry[0], entry[1], entry[3]].map(function (text) { return text.toLowerCase(); });
    var sum = 0;
    for (var i = 0; i < words.length; i++) {
      var best = 0;
      places.forEach(function (text, place) {
        var at = text.indexOf(words[i]);
        if (at >= 0) best = Math.max(best, [20, 30, 1][place] + (text === words[i] ? 40 : at === 0 || /\W/.test(text[at - 1]) ? 5 : 0));
      });
      if (best === 0) return 0;
      sum += best;
    }
    return sum;
  }

  // Letters to put in, leave out, change or exchange with a neighbour, to make one word of the other.
  function distance(one, other) {
    var before, last = [], row = Array.from({ length: other.length + 1 }, function (_, j) { return j; });
    for (var i = 1; i <= one.length; i++) {
      before = last; last = row; row = [i];
      for (var j = 1; j <= other.length; j++) {
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
      }
    }
    return row[other.length];
  }

  // Of the words there are the one with the fewest letters wrong; the more frequent of two.
  var often = null;
  function near(word) {
    if (!often) {
      often = new Map();
      window.avicSearch.forEach(function (entry) {
        (entry.join(' ').toLowerCase().match(/[\w#]+/g) || []).forEach(function (known) { often.set(known, (often.get(known) || 0) + 1); });
      });
    }
    var best = null, least = word.length < 5 ? 1 : 2;
    often.forEach(function (times, known) {
      if (known.length < 3 || Math.abs(known.length - word.length) > least) return;
      var wrong = distance(word, known);
      if (wrong < least || wrong === least && (!best || times > often.get(best))) { best = known; least = wrong; }
    });
    return best;
  }

  // What was meant where nothing has it all: words that are nowhere, as others that are.
  function meant(words) {
    var others = words.map(function (word) { return window.avicSearch.some(function (entry) { return score(entry, [word]) > 0; }) ? word : near(word); });
    return others.indexOf(null) < 0 && others.join(' ') !== words.join(' ') ? others.join(' ') : '';
  }

  // The words around the first one found, which is marked.
  function excerpt(text, words) {
    var low = text.toLowerCase();
    var word = words.find(function (w) { return low.indexOf(w) >= 0; });
    if (!word) return [document.createTextNode(text.slice(0, 2 * AROUND))];
    var at = low.indexOf(word), from = Math.max(0, at - AROUND), to = at + word.length;
    return [(from > 0 ? '…' : '') + text.slice(from, at), make('mark', {}, text.slice(at, to)), text.slice(to, to + AROUND) + (to + AROUND < text.length ? '…' : '')];
  }

  function look() {
    var words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    list.textContent = '';
    instead.hidden = true;
    found.hidden = words.length === 0;
    if (words.length === 0) { count.textContent = ''; return; }
    var hits = window.avicSearch
      .map(function (entry, i) { return { entry: entry, score: score(entry, words), i: i }; })
      .filter(function (hit) { return hit.score > 0; })
      .sort(function (a, b) { return b.score - a.score || a.i - b.i; });
    var other = hits.length === 0 ? meant(words) : '';
    instead.hidden = other === '';
    instead.textContent = other;
    count.textContent = hits.length === 0 ? other ? 'Nothing found. Did you mean this?' : 'Nothing found' : hits.length === 1 ? '1 section' : hits.length + ' sections' + (hits.length > MOST ? ', the nearest ' + MOST + ' here' : '');
    hits.slice(0, MOST).forEach(function (hit) {
      var item = make('li', {}), text = make('p', {});
      var link = make('a', { href: new URL('../' + hit.entry[2], here).href }, hit.entry[1]);
      text.append.apply(text, excerpt(hit.entry[3], words));
      item.append(link);
      if (hit.entry[0] !== hit.entry[1]) item.append(make('span', { 'class': 'label' }, hit.entry[0]));
      item.append(text);
      list.append(item);
    });
  }

  instead.addEventListener('click', function () { box.value = instead.textContent; look(); box.focus(); });
  box.addEventListener('focus', function () { whenLoaded(function () {}); });
  box.addEventListener('input', function () { whenLoaded(look); });
  form.addEventListener('submit', function (event) {
    event.preventDefault();
    var first = instead.hidden ? list.querySelector('a') : instead;
    if (first) first.click();
  });
  // A result may be on this very page: then its heading is wanted, not the list.
  list.addEventListener('click', function (event) { if (event.target.closest('a')) found.hidden = true; });
  function close() { box.value = ''; list.textContent = ''; instead.hidden = true; count.textContent = ''; found.hidden = true; }
  function keys(event) {
    if (event.key === 'Escape' && box.value) { close(); box.focus(); event.preventDefault(); }
    var step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    var stops = [box].concat(instead.hidden ? [] : [instead], Array.from(list.querySelectorAll('a')));
    var at = stops.indexOf(document.activeElement);
    if (step && at >= 0 && stops[at + step]) { stops[at + step].focus(); event.preventDefault(); }
  }
  form.addEventListener('keydown', keys);
  found.addEventListener('keydown', keys);
})();
