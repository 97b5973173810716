// Plots of figures against sizes, both on logarithmic scales, as SVG.
#ifndef SEKISHO_BENCH_PLOT_H_
#define SEKISHO_BENCH_PLOT_H_

#include <string>
#include <utility>
#include <vector>

namespace sekisho {

struct PlotSeries {
  std::string name;
  // By size; both are more than zero.
  std::vector<std::pair<double, double>> points;
};

struct Plot {
  std::string title;
  std::string size_label;
  std::string figure_label;
  std::vector<PlotSeries> series;
};

// One below the other. `footer` says what they were measured on.
std::string PlotsToSvg(const std::vector<Plot>& plots,
                       const std::string& footer);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_PLOT_H_
