// Comfort only: without it every page is whole.
(function () {
  'use strict';
  var codes = document.querySelectorAll('details.code');

  // One switch for all code, beside the way home.
  var header = document.querySelector('header.site');
  if (header && codes.length > 0) {
    var button = document.createElement('button');
    var isShown = true;
    button.type = 'button';
    button.textContent = 'Hide code';
    button.addEventListener('click', function () {
      isShown = !isShown;
      codes.forEach(function (code) { code.open = isShown; });
      button.textContent = isShown ? 'Hide code' : 'Show code';
    });
    header.append(button);
  }

  // Where there is no room beside the text, the contents wait to be asked for.
  var contents = document.querySelector('.contents > details');
  if (contents && !matchMedia('(min-width: 64rem)').matches) contents.open = false;

  // Browsers whose style sheets cannot unfold what is printed.
  var unfolded = [];
  addEventListener('beforeprint', function () {
    unfolded = Array.from(document.querySelectorAll('details:not([open])'));
    unfolded.forEach(function (details) { details.open = true; });
  });
  addEventListener('afterprint', function () {
    unfolded.forEach(function (details) { details.open = false; });
  });
})();
