// What one request costs in the waf module: processor time per request, evaluation only, with the core
// rule set. Not part of the tests. Arguments: paranoia level (1), seconds per workload (2).
//
//   waf_cost [PARANOIA [SECONDS]]

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "support/waf_bench.h"

namespace {

using namespace ravelin;
using testing::BenchRequest;

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string json(std::size_t size) {
  std::string text = R"({"customer":{"name":"Anna Smith","city":"Leeds","postcode":"LS1 4AP"},"lines":[)";
  for (int i = 0; text.size() < size; ++i) {
    if (i > 0) text += ',';
    text += R"({"sku":"NF-)" + std::to_string(100000 + i * 7919 % 900000) + R"(","quantity":)" +
            std::to_string(1 + i % 8) + R"(,"price":)" + std::to_string(10 + i) +
            R"(.5,"gift":false,"title":"Green walking boots large"})";
  }
  return text + "]}";
}

std::string form(std::size_t size) {
  std::string text =
      "name=Anna+Smith&street=12+River+Lane&city=Leeds&postcode=LS1+4AP&email=anna.smith%40example.com&"
      "phone=0113+496+0000&country=GB&note=";
  while (text.size() < size) text += "please+leave+the+parcel+with+my+neighbour+";
  return text + "thanks";
}

std::string multipart(std::size_t size) {
  std::mt19937 random(3);
  std::string text =
      "--edge\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA picture of the boots\r\n--edge\r\n"
      "Content-Disposition: form-data; name=\"file\"; filename=\"boots.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n";
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(random() & 0xff);
  return text + "\r\n--edge--\r\n";
}

void measure(waf::WafBench& waf, const char* name, const BenchRequest& request, double seconds) {
  int status = 0;
  for (int i = 0; i < 20; ++i) status = waf.bench.run(request).status;
  const double begin = cpu_seconds();
  double used = 0;
  int runs = 0;
  for (; used < seconds; used = cpu_seconds() - begin, ++runs) waf.bench.run(request);
  std::printf("%-24s %5d %10.0f us\n", name, status, used / runs * 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  waf::WafBench waf;
  waf.config.paranoia = argc > 1 ? static_cast<std::uint32_t>(std::atoi(argv[1])) : 1;
  waf.config.body_limit = ByteSize{1 << 20};
  const double seconds = argc > 2 ? std::atof(argv[2]) : 2;
  const double begin = cpu_seconds();
  if (auto loaded = waf.load(); !loaded) {
    std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
    return 1;
  }
  std::printf("load %.0f ms, %.0f rules, paranoia %u\n", (cpu_seconds() - begin) * 1e3,
              waf.bench.metrics.read("waf_rules_loaded"), waf.config.paranoia);
  BenchRequest minimal;
  minimal.fields = {{"user-agent", "Mozilla/5.0"}, {"accept", "*/*"}};
  const std::string json_text = json(4000);
  const std::string form_text = form(1024);
  const std::string upload = multipart(256 * 1024);
  measure(waf, "minimal GET", minimal, seconds);
  measure(waf, "browser GET",
          waf::get("/catalogue/shoes", "page=3&sort=price&colour=dark+green&size=42&brand=northfield&q=walking+boots"),
          seconds);
  measure(waf, "form 1 KiB", waf::post("application/x-www-form-urlencoded", form_text), seconds);
  measure(waf, "JSON 4 KiB", waf::post("application/json", json_text), seconds);
  measure(waf, "multipart 256 KiB", waf::post("multipart/form-data; boundary=edge", upload), seconds);
  measure(waf, "SQL injection (403)",
          waf::get("/catalogue/shoes",
                   "id=1%27%20OR%20%271%27%3D%271%27%20UNION%20SELECT%20name,password%20FROM%20users--%20"),
          seconds);
  return 0;
}
