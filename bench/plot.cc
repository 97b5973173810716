#include "bench/plot.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "bench/target_table.h"

namespace sekisho {
namespace {

constexpr int kWidth = 760;
constexpr int kHeight = 360;
constexpr int kLeft = 80;
constexpr int kRight = 200;
constexpr int kTop = 40;
constexpr int kBottom = 50;
constexpr const char* kColors[] = {"#1b6ca8", "#c8553d", "#3a7d44",
                                   "#7d3c98", "#8a6d3b", "#555555"};

std::string Escaped(const std::string& text) {
  return absl::StrReplaceAll(text,
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

// Powers of ten around all values.
struct Scale {
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  double from = 0;
  double to = 0;

  void Include(double value) {
    low = std::min(low, std::pow(10, std::floor(std::log10(value))));
    high = std::max(high, std::pow(10, std::ceil(std::log10(value))));
    if (high == low) high = 10 * low;
  }
  double At(double value) const {
    return from +
           (to - from) * std::log10(value / low) / std::log10(high / low);
  }
};

std::string Text(double x, double y, const std::string& anchor,
                 const std::string& text, const std::string& more = "") {
  return absl::StrFormat(
      "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>\n", x, y,
      anchor, more, Escaped(text));
}

std::string LineOf(double x1, double y1, double x2, double y2) {
  return absl::StrFormat(
      "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
      "stroke=\"#dddddd\"/>\n",
      x1, y1, x2, y2);
}

std::string DrawSeries(const PlotSeries& series, const char* color,
                       const Scale& x, const Scale& y) {
  std::string points;
  std::string out;
  for (const auto& [size, figure] : series.points) {
    absl::StrAppendFormat(&points, "%.1f,%.1f ", x.At(size), y.At(figure));
    absl::StrAppendFormat(
        &out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
        x.At(size), y.At(figure), color);
  }
  return absl::StrCat(out,
                      "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"",
                      color, "\" points=\"", points, "\"/>\n");
}

std::string Draw(const Plot& plot, int top) {
  Scale x;
  Scale y;
  for (const PlotSeries& series : plot.series) {
    for (const auto& [size, figure] : series.points) {
      x.Include(size);
      y.Include(figure);
    }
  }
  x.from = kLeft;
  x.to = kWidth - kRight;
  y.from = top + kHeight - kBottom;
  y.to = top + kTop;
  std::string out = Text(kLeft, top + 24, "start", plot.title,
                         " font-size=\"15\" font-weight=\"bold\"");
  for (double at = x.low; at <= x.high * 1.01; at *= 10) {
    out += LineOf(x.At(at), y.from, x.At(at), y.to);
    out += Text(x.At(at), y.from + 18, "middle", InDigits(at));
  }
  for (double at = y.low; at <= y.high * 1.01; at *= 10) {
    out += LineOf(x.from, y.At(at), x.to, y.At(at));
    out += Text(x.from - 8, y.At(at) + 4, "end", InDigits(at));
  }
  out += Text((x.from + x.to) / 2, y.from + 38, "middle", plot.size_label);
  const double middle = (y.from + y.to) / 2;
  out += Text(20, middle, "middle", plot.figure_label,
              absl::StrFormat(" transform=\"rotate(-90 20 %.1f)\"", middle));
  for (size_t i = 0; i < plot.series.size(); ++i) {
    const char* color = kColors[i % std::size(kColors)];
    out += DrawSeries(plot.series[i], color, x, y);
    out += Text(x.to + 12, y.to + 14 + 20 * static_cast<double>(i), "start",
                plot.series[i].name, absl::StrCat(" fill=\"", color, "\""));
  }
  return out;
}

}  // namespace

std::string PlotsToSvg(const std::vector<Plot>& plots,
                       const std::string& footer) {
  const int height = kHeight * static_cast<int>(plots.size()) + 30;
  std::string out = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
      "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
      kWidth, height, kWidth, height);
  for (size_t i = 0; i < plots.size(); ++i) {
    out += Draw(plots[i], kHeight * static_cast<int>(i));
  }
  out += Text(kLeft, height - 12, "start", footer, " font-size=\"10\"");
  return out + "</svg>\n";
}

}  // namespace sekisho
