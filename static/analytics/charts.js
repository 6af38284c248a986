// Draws each <canvas data-chart-url>: asks for its data when it comes near the screen, follows the theme, mirrors in Arabic.
// The same numbers stand in a table beneath, which is there without this file too.
(function () {
  "use strict";

  var root = document.documentElement;
  var isRightToLeft = root.dir === "rtl";
  var calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  // Moroccan Arabic writes Western digits.
  var numbers = new Intl.NumberFormat(root.lang === "ar" ? "ar-MA-u-nu-latn" : root.lang, { maximumFractionDigits: 1 });
  var drawn = new Map(); // canvas -> { chart, data }

  root.classList.add("js");

  function colour(canvas, name) {
    return window.getComputedStyle(canvas).getPropertyValue("--chart-" + name).trim();
  }

  function axisNumber(value, unit) {
    if (unit === "percentage") return isRightToLeft ? numbers.format(value) + "%" : numbers.format(value) + "\u00a0%";
    if (unit === "count" && !Number.isInteger(value)) return null;
    return numbers.format(value);
  }

  function dataset(canvas, one, index, data) {
    var main = colour(canvas, one.tone);
    var isLine = one.drawn_as === "line";
    var isBand = one.tone === "band";
    return {
      type: one.drawn_as,
      label: one.label,
      data: one.values,
      texts: one.texts,
      tone: one.tone,
      order: isLine ? index : 50 + index, // lines above bars
      yAxisID: data.is_horizontal ? undefined : one.on_second_axis ? "y2" : "y",
      stack: data.is_stacked ? "all" : undefined,
      borderColor: main,
      backgroundColor: data.colours.length
        ? data.colours.map(function (tone) { return colour(canvas, tone); })
        : isBand ? colour(canvas, "band-fill") : main,
      borderWidth: isLine ? (isBand ? 1 : 2) : 0,
      borderDash: one.is_dashed ? [6, 4] : [],
      borderRadius: data.is_stacked ? 0 : 3,
      maxBarThickness: 44,
      fill: one.is_band ? "-1" : false,
      clip: isLine ? 6 : undefined, // points at the very top are whole
      pointRadius: isLine && !isBand && one.values.length < 40 ? 2.5 : 0,
      pointHoverRadius: 5,
      pointBackgroundColor: main,
      spanGaps: one.unit === "percentage",
      tension: 0
    };
  }

  function scale(canvas, unit, position, data, extra) {
    return Object.assign(
      {
        position: position,
        beginAtZero: true,
        max: data.largest || undefined,
        stacked: data.is_stacked,
        border: { display: false },
        grid: { color: colour(canvas, "grid") },
        ticks: {
          color: colour(canvas, "text"),
          maxTicksLimit: 6,
          callback: function (value) {
            return axisNumber(value, unit);
          }
        }
      },
      extra
    );
  }

  // Long labels beside bars in lines, so that the bars keep room.
  function inLines(label, most) {
    var lines = [""];
    label.split(" ").forEach(function (word) {
      var last = lines[lines.length - 1];
      if (last && last.length + word.length >= most) lines.push(word);
      else lines[lines.length - 1] = last ? last + " " + word : word;
    });
    return lines;
  }

  function labelScale(canvas, data) {
    var ticks = { color: colour(canvas, "text"), autoSkip: !data.is_horizontal, maxRotation: 0, autoSkipPadding: 12 };
    if (data.is_horizontal) {
      ticks.callback = function (value) {
        return inLines(data.labels[value], canvas.clientWidth < 420 ? 14 : 26);
      };
    }
    return {
      stacked: data.is_stacked,
      reverse: isRightToLeft && !data.is_horizontal,
      position: data.is_horizontal ? (isRightToLeft ? "right" : "left") : "bottom",
      border: { color: colour(canvas, "grid") },
      grid: { display: false },
      ticks: ticks
    };
  }

  function scales(canvas, data, series) {
    var start = isRightToLeft ? "right" : "left";
    var end = isRightToLeft ? "left" : "right";
    if (data.is_horizontal) {
      return {
        x: scale(canvas, series[0].unit, "bottom", data, { reverse: isRightToLeft }),
        y: labelScale(canvas, data)
      };
    }
    var found = { x: labelScale(canvas, data) };
    series.forEach(function (one) {
      var id = one.on_second_axis ? "y2" : "y";
      if (found[id]) return;
      found[id] = one.on_second_axis
        ? scale(canvas, one.unit, end, data, { grid: { display: false }, title: axisTitle(canvas, one) })
        : scale(canvas, one.unit, start, data, {});
    });
    if (found.y2) {
      found.y.title = axisTitle(canvas, series.find(function (one) { return !one.on_second_axis; }));
    }
    return found;
  }

  function axisTitle(canvas, one) {
    return { display: true, text: one.label, color: colour(canvas, "text") };
  }

  function configuration(canvas, data) {
    var series = data.series.filter(function (one) {
      return one.drawn_as !== "table";
    });
    var text = colour(canvas, "text");
    return {
      type: "bar",
      data: {
        labels: data.labels,
        datasets: series.map(function (one, index) {
          return dataset(canvas, one, index, data);
        })
      },
      options: {
        responsive: true,
        maintainAspectRatio: false,
        locale: root.lang,
        indexAxis: data.is_horizontal ? "y" : "x",
        animation: calm.matches ? false : { duration: 300 },
        font: { family: window.getComputedStyle(document.body).fontFamily },
        interaction: { mode: "index", axis: data.is_horizontal ? "y" : "x", intersect: false },
        scales: scales(canvas, data, series),
        plugins: {
          legend: {
            display: series.length > 1,
            position: "bottom",
            rtl: isRightToLeft,
            textDirection: root.dir || "ltr",
            // The forecast's limits go without saying.
            labels: {
              filter: function (item, chart) {
                return chart.datasets[item.datasetIndex].tone !== "band";
              },
              color: text,
              boxWidth: 12,
              boxHeight: 12,
              useBorderRadius: true,
              borderRadius: 3
            }
          },
          tooltip: {
            rtl: isRightToLeft,
            textDirection: root.dir || "ltr",
            callbacks: {
              title: function (items) {
                return items.length ? data.row_labels[items[0].dataIndex] : "";
              },
              label: function (item) {
                if (item.raw === null) return null;
                return " " + item.dataset.label + (root.lang === "fr" ? "\u00a0: " : ": ") + item.dataset.texts[item.dataIndex];
              }
            },
            filter: function (item) {
              return item.raw !== null;
            }
          }
        }
      }
    };
  }

  function draw(canvas, data) {
    var before = drawn.get(canvas);
    if (before) before.chart.destroy();
    window.Chart.defaults.font.family = window.getComputedStyle(document.body).fontFamily;
    drawn.set(canvas, { chart: new window.Chart(canvas, configuration(canvas, data)), data: data });
    canvas.dataset.drawn = "yes";
  }

  // The numbers can't be had (no network, session over): the table says them.
  function giveUp(canvas) {
    var card = canvas.closest(".chart-card");
    canvas.parentElement.hidden = true;
    card.querySelector("[data-chart-problem]").hidden = false;
    card.querySelector(".chart-table").open = true;
  }

  function load(canvas) {
    window
      .fetch(canvas.dataset.chartUrl, { headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "error" })
      .then(function (answer) {
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.json();
      })
      .then(function (data) {
        if (canvas.isConnected) draw(canvas, data);
      })
      .catch(function () {
        if (canvas.isConnected) giveUp(canvas);
      });
  }

  var near = new IntersectionObserver(
    function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) return;
        near.unobserve(entry.target);
        load(entry.target);
      });
    },
    { rootMargin: "300px" }
  );

  function start() {
    drawn.forEach(function (one, canvas) {
      if (canvas.isConnected) return;
      one.chart.destroy();
      drawn.delete(canvas);
    });
    document.querySelectorAll(".chart-table:not([data-ready])").forEach(function (table) {
      table.open = false;
      table.dataset.ready = "yes";
    });
    document.querySelectorAll("canvas[data-chart-url]:not([data-watched])").forEach(function (canvas) {
      canvas.dataset.watched = "yes";
      near.observe(canvas);
    });
  }

  new MutationObserver(function () {
    drawn.forEach(function (one, canvas) {
      draw(canvas, one.data);
    });
  }).observe(root, { attributes: true, attributeFilter: ["data-bs-theme", "class"] });

  document.addEventListener("htmx:afterSettle", start);
  start();
})();
