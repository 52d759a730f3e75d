
(function () {
  "use strict";
  var figures = JSON.parse(document.getElementById("data").textContent);
  var dialog = document.getElementById("detail"), chart = null, opener = null, shown = null;

  function id(name) { return document.getElementById(name); }
  function make(tag, text, kind) {
    var element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  }
  function fill(parent, children) {
    parent.textContent = "";
    children.forEach(function (child) { parent.appendChild(child); });
  }
  function number(text) { return text === null ? null : Number(text); }
  function said(text) { return text === null ? "—" : text; }

  // --- a figure and where it comes from
  function open(button) {
    var figure = figures[button.dataset.id];
    opener = button;
    shown = figure;
    id("d-title").textContent = figure.title;
    var missing = figure.tone === "missing";
    id("d-value").textContent = missing ? "X" : figure.value;
    id("d-unit").textContent = missing ? "" : figure.unit;
    id("d-status").textContent = figure.status;
    id("d-status").className = "mark " + (missing ? "bad" : figure.tone === "star" ? "warn" : "good");
    var facts = [
      ["精确值", figure.exact], ["原因", figure.reason], ["上年同期", figure.before], ["同比", figure.growth === "—" ? "" : (figure.direction === "down" ? "下降 " : figure.direction === "up" ? "增长 " : "") + figure.growth],
      ["同比口径", figure.basis], ["年度进度", figure.progress && figure.progress + "　" + figure.progress_note], ["算法", figure.method],
      ["上报/应报", figure.coverage], ["科室", figure.department], ["初稿中", figure.places]
    ];
    fill(id("d-facts"), facts.filter(function (fact) { return fact[1] && fact[1] !== "—"; }).reduce(function (all, fact) {
      return all.concat([make("dt", fact[0]), make("dd", fact[1])]);
    }, []));
    fill(id("d-sources"), figure.sources.map(function (source) {
      var row = make("tr");
      [["所属月", "month"], ["文件", "file"], ["工作表", "sheet"], ["单元格", "cells"], ["文件时间", "time"]].forEach(function (column) {
        var cell = make("td", source[column[1]]);
        cell.dataset.label = column[0];
        if (column[1] === "month" || column[1] === "time") cell.className = "nw";
        row.appendChild(cell);
      });
      return row;
    }));
    id("d-from").hidden = !figure.sources.length;
    villages(figure.villages);
    months(figure);
    if (dialog.showModal) dialog.showModal(); else dialog.setAttribute("open", ""); // browsers of before 2022
    draw(figure);
    dialog.scrollTop = 0;
    id("d-title").focus();
  }

  function villages(rows) {
    var most = Math.max.apply(null, rows.map(function (row) { return Number(row[1]) || 0; }).concat([0]));
    fill(id("d-villages"), rows.map(function (row) {
      var item = make("li"), place = make("span"), bar = make("div", "", "fill"), value = Number(row[1]);
      item.appendChild(make("span", row[0]));
      if (most > 0 && value > 0) { bar.style.width = Math.round(value / most * 100) + "%"; place.appendChild(bar); }
      item.appendChild(place);
      item.appendChild(make("span", row[1], row[1] === "X" ? "bad" : ""));
      return item;
    }));
    id("d-places").hidden = !rows.length;
  }

  function months(figure) {
    var head = make("tr"), now = make("tr"), before = make("tr");
    head.appendChild(make("th", "单位：" + figure.line_unit));
    now.appendChild(make("th", "本年"));
    before.appendChild(make("th", "上年"));
    head.firstChild.scope = "col"; now.firstChild.scope = before.firstChild.scope = "row";
    figure.points.forEach(function (point) {
      var cell = make("th", point[0]);
      cell.scope = "col";
      head.appendChild(cell);
      now.appendChild(make("td", said(point[1])));
      before.appendChild(make("td", said(point[2])));
    });
    fill(id("d-months-head"), [head]);
    fill(id("d-months"), [now, before]);
    id("d-lines").hidden = figure.points.length < 2;
  }

  function draw(figure) {
    var place = id("d-chart");
    if (chart) { chart.destroy(); chart = null; }
    place.textContent = "";
    var now = figure.points.map(function (p) { return number(p[1]); }), before = figure.points.map(function (p) { return number(p[2]); });
    var some = function (row) { return row.some(function (v) { return v !== null; }); };
    place.hidden = figure.points.length < 2 || !(some(now) || some(before));
    if (place.hidden) return;
    place.setAttribute("aria-label", figure.title + "各月走势图，数见下表");
    var labels = figure.points.map(function (p) { return p[0]; });
    var font = "13px \"Microsoft YaHei\",\"PingFang SC\",\"Noto Sans CJK SC\",sans-serif";
    var series = [{ label: "月份", value: function (_, v) { return v === null || v === undefined ? "" : labels[v]; } },
      { label: "本年", stroke: "#0b4a86", width: 2.5, points: { size: 7 }, value: shownValue }];
    var data = [labels.map(function (_, n) { return n; }), now];
    if (some(before)) { series.push({ label: "上年", stroke: "#8792a0", width: 2, dash: [6, 4], points: { size: 6 }, value: shownValue }); data.push(before); }
    function shownValue(_, v) { return v === null || v === undefined ? "—" : String(v) + " " + figure.line_unit; }
    chart = new uPlot({
      width: place.clientWidth, height: 230, padding: [12, 12, 0, 0], scales: { x: { time: false, range: [-0.25, labels.length - 0.75] } },
      axes: [
        { splits: function () { return data[0]; }, values: function (_, v) { return v.map(function (n) { return labels[n]; }); }, font: font, stroke: "#515c69", grid: { show: false } },
        { font: font, stroke: "#515c69", size: 74, grid: { stroke: "#e3e8ee" } }
      ],
      legend: { live: false }, cursor: { y: false, drag: { x: false, y: false } }, series: series
    }, data, place);
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("button");
    if (button && button.classList.contains("open")) open(button);
    else if (button && button.classList.contains("copy")) copy(button);
    else if (event.target === dialog || (button && button.id === "d-close")) close();
  });
  dialog.addEventListener("close", closed);
  function closed() { shown = null; if (opener) opener.focus(); }
  function close() {
    if (dialog.close) { dialog.close(); return; }
    dialog.removeAttribute("open");
    closed();
  }
  window.addEventListener("resize", function () { if (shown) draw(shown); });

  // --- text for the group
  function copy(button) {
    var text = id(button.dataset.from);
    function done() { button.textContent = "已复制"; setTimeout(function () { button.textContent = "复制"; }, 2000); }
    function select() {
      var range = document.createRange();
      range.selectNodeContents(text);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      if (document.execCommand("copy")) done(); else button.textContent = "已选中，请按 Ctrl+C";
    }
    if (navigator.clipboard) navigator.clipboard.writeText(text.textContent).then(done, select); else select();
  }

  // --- finding a figure
  function filter() {
    var words = id("find").value.trim().toLowerCase().split(/\s+/), only = id("only").checked, seen = 0;
    document.querySelectorAll(".group").forEach(function (group) {
      var some = false;
      group.querySelectorAll(".figure").forEach(function (row) {
        var fits = (!only || row.classList.contains("missing")) && words.every(function (word) { return row.dataset.find.toLowerCase().indexOf(word) >= 0; });
        row.hidden = !fits;
        if (fits) { some = true; seen += 1; }
      });
      group.hidden = !some;
    });
    id("count").textContent = words[0] || only ? "找到 " + seen + " 个" : "";
  }
  id("find").addEventListener("input", filter);
  id("only").addEventListener("change", filter);
})();
