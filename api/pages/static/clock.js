// Lets the clock run down between two looks at the server. The server's time counts, never the phone's.
(function () {
  var clock = document.querySelector("[data-deadline]");
  if (!clock || !window.performance || !performance.getEntriesByType) return;
  var arrival = (performance.getEntriesByType("navigation")[0] || {}).responseStart || performance.now();
  var serverNow = Date.parse(clock.dataset.serverNow);
  var deadline = Date.parse(clock.dataset.deadline);
  var amber = Date.parse(clock.dataset.amber);
  var big = clock.querySelector(".big");
  var hiddenAt = 0;

  function tick() {
    var now = serverNow + performance.now() - arrival;
    var left = Math.max(0, Math.ceil((deadline - now) / 1000));
    big.textContent = Math.floor(left / 60) + ":" + ("0" + (left % 60)).slice(-2);
    clock.classList.toggle("amber", now >= amber);
    if (left === 0) setTimeout(look, 500);
  }
  function look() {
    clearInterval(ticking);
    location.reload();
  }
  function idle() {
    return document.visibilityState === "visible" && !document.querySelector("main :focus");
  }
  var ticking = setInterval(tick, 250);
  setInterval(function () { if (idle()) look(); }, 15000);
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden") hiddenAt = performance.now() || 1;
    else if (hiddenAt) look();
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) look(); });
  clock.classList.add("ticking");
  tick();
})();
