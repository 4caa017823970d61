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
    // Awake once a second, just after it has changed: an old phone's battery is small.
    setTimeout(left === 0 ? look : tick, left === 0 ? 500 : Math.max(50, (deadline - now) % 1000 + 20));
  }
  function look() {
    location.reload();
  }
  function idle() {
    return document.visibilityState === "visible" && !document.querySelector("main :focus");
  }
  setInterval(function () { if (idle()) look(); }, 15000);
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden") hiddenAt = performance.now() || 1;
    else if (hiddenAt) look();
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) look(); });
  clock.classList.add("ticking");
  tick();
})();
