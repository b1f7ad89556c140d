// Charts: <figure data-chart="id of the json_script">. One idea each, labelled directly, colours of the theme.
"use strict";
(() => {
  const drawn = new Map();
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  // Tokens are oklch or color-mix; the chart library wants plain rgb.
  const color = (token) => {
    const holder = document.createElement("span");
    holder.className = "visually-hidden";
    document.body.append(holder);
    holder.style.color = `var(${token})`;
    probe.clearRect(0, 0, 1, 1);
    probe.fillStyle = getComputedStyle(holder).color;
    probe.fillRect(0, 0, 1, 1);
    holder.remove();
    const [red, green, blue, alpha] = probe.getImageData(0, 0, 1, 1).data;
    return `rgba(${red}, ${green}, ${blue}, ${(alpha / 255).toFixed(3)})`;
  };
  const palette = () => ["--accent", "--amber", "--green", "--purple", "--red", "--ink-2"].map(color);

  const amount = (unit) => (value) => (value === null || value === undefined ? "—" : `${unit}${Number(value).toLocaleString("en-US", { maximumFractionDigits: 2 })}`);
  const short = (unit) => (value) => (Math.abs(value) >= 10000 ? `${unit}${(value / 10000).toLocaleString("en-US", { maximumFractionDigits: 1 })}万` : amount(unit)(value));
  const shortLatin = (unit) => (value) => (Math.abs(value) >= 1000 ? `${unit}${(value / 1000).toLocaleString("en-US", { maximumFractionDigits: 1 })}k` : amount(unit)(value));

  // Words of a line near an edge run inwards, or they would be cut.
  const sideOf = (place, places) => (place > places * 0.7 ? "right" : place < places * 0.3 ? "left" : "center");

  // Vertical lines at what was done: {x: place on the axis, text}. They belong to the first series.
  const marksOf = (chart, at, ink) => (at || !(chart.marks || []).length ? undefined : {
    symbol: "none", silent: true, lineStyle: { color: ink, type: "dashed" },
    label: { color: ink, formatter: "{b}", position: "end", rotate: 0 },
    data: chart.marks.map((mark, number) => ({ name: mark.text, xAxis: mark.x, label: { distance: number % 2 ? 18 : 4, align: sideOf(mark.x, chart.x.length) } })),  // neighbours at two heights
  });

  const seriesOf = (chart, colors, ink) => chart.series.map((one, at) => {
    const kind = one.kind || (chart.kind === "line" ? "line" : "bar");
    const tint = colors[(one.color || at + 1) - 1];
    return {
      name: one.name, type: kind, data: one.data, color: tint, stack: one.stack,
      showSymbol: false, lineStyle: { width: 2, type: one.dashed ? "dashed" : "solid" }, barMaxWidth: 28,
      itemStyle: kind === "bar" ? { borderRadius: chart.kind === "hbar" ? [0, 3, 3, 0] : [3, 3, 0, 0] } : undefined,
      markLine: marksOf(chart, at, ink),
      endLabel: kind === "line" && chart.series.length > 1 ? { show: true, formatter: "{a}", color: tint } : undefined,
      label: chart.kind === "hbar" ? { show: true, position: "right", color: ink, formatter: (point) => amount(chart.unit || "")(point.value) } : undefined,
    };
  });

  const optionOf = (chart) => {
    const [ink, faint, line, surface] = ["--ink", "--ink-2", "--line", "--raised"].map(color);
    const unit = chart.unit || "";
    const compact = document.documentElement.lang.startsWith("zh") ? short(unit) : shortLatin(unit);
    const category = { type: "category", data: chart.x, axisTick: { show: false }, axisLine: { lineStyle: { color: line } }, axisLabel: { color: faint, hideOverlap: true } };
    const value = { type: "value", axisLabel: { color: faint, formatter: compact }, splitLine: { lineStyle: { color: line } } };
    const isFlat = chart.kind === "hbar";
    return {
      aria: { enabled: true, decal: { show: false } },
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
      legend: chart.legend ? { top: 0, left: 8, icon: "roundRect", itemWidth: 12, itemHeight: 12, textStyle: { color: ink } } : undefined,
      grid: { left: 8, right: chart.series.length > 1 && !chart.legend ? 72 : 24, top: chart.legend ? 60 : 16, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: amount(unit), backgroundColor: surface, borderColor: line, textStyle: { color: ink, fontSize: 13 }, axisPointer: { type: isFlat ? "shadow" : "line" } },
      xAxis: isFlat ? { ...value, axisLabel: { ...value.axisLabel, hideOverlap: true } } : { ...category, boundaryGap: chart.kind !== "line" },
      yAxis: isFlat ? { ...category, inverse: true } : value,
      series: seriesOf(chart, palette(), ink),
    };
  };

  const draw = (figure) => {
    const source = document.getElementById(figure.dataset.chart);
    if (!source || !window.echarts) return;
    const chart = JSON.parse(source.textContent);
    const instance = drawn.get(figure) || window.echarts.init(figure, null, { renderer: "canvas" });
    drawn.set(figure, instance);
    instance.setOption(chart.option || optionOf(chart), true);
  };

  const drawAll = () => {
    for (const [figure, instance] of drawn) {
      if (figure.isConnected) continue;
      instance.dispose();
      drawn.delete(figure);
    }
    document.querySelectorAll("[data-chart]").forEach(draw);
  };

  window.addEventListener("resize", () => drawn.forEach((instance) => instance.resize()));
  document.addEventListener("theme-changed", () => requestAnimationFrame(drawAll));
  document.addEventListener("htmx:afterSettle", drawAll);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", drawAll);
  else drawAll();
})();
