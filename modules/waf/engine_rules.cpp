#include "modules/waf/engine_rules.h"

namespace ravelin::waf {
namespace {

std::string set(std::string_view name, std::uint32_t value) {
  return ",setvar:tx." + std::string(name) + "=" + std::to_string(value);
}

// Finding::refuse_malformed refuses what these match, when all rules have been asked: in mode detect, too, it shall be
// known what else there was to find.
std::string check_body(int id, std::string_view condition, std::string_view message) {
  return "SecRule " + std::string(condition) + " \"id:" + std::to_string(id) +
         ",phase:2,t:none,log,pass,severity:WARNING,msg:'" + std::string(message) + "'\"\n";
}

}  // namespace

// Body limits are not set here: the inspector never gives the library more than body_limit and
// response_limit. Neither is SecArgumentsLimit, beyond which 3.0.9 drops arguments unseen: the
// inspector counts them first.
std::string engine_rules(const Config& config) {
  std::string text =
      "SecRuleEngine On\n"
      "SecRequestBodyAccess On\n"
      "SecAuditEngine Off\n"
      "SecXmlExternalEntity Off\n"
      "SecUploadKeepFiles Off\n"
      "SecTmpSaveUploadedFiles Off\n";
  text += "SecRequestBodyJsonDepthLimit " + std::to_string(config.json_depth) + "\n";
  text += config.inspects_responses()
              ? "SecResponseBodyAccess On\nSecResponseBodyMimeType text/html text/plain text/xml\n"
              : "SecResponseBodyAccess Off\n";
  // What the library could not parse as its type says, an origin might: rules saw nothing of it.
  text +=
      check_body(malformed_body_rule, "REQBODY_ERROR \"!@eq 0\"", "Request body is malformed: %{REQBODY_ERROR_MSG}");
  text +=
      check_body(malformed_multipart_rule, "MULTIPART_STRICT_ERROR \"!@eq 0\"", "Multipart request body is ambiguous");
  text += check_body(unmatched_boundary_rule, "MULTIPART_UNMATCHED_BOUNDARY \"@eq 1\"",
                     "Multipart request body has an unmatched boundary");
  return text;
}

// 3.3 knows paranoia_level and executing_paranoia_level, 4.0 blocking_ and detection_paranoia_level.
std::string crs_settings(const Config& config) {
  return "SecAction \"id:" + std::to_string(crs_setup_rule) + ",phase:1,pass,t:none,nolog" +
         set("paranoia_level", config.paranoia) + set("blocking_paranoia_level", config.paranoia) +
         set("executing_paranoia_level", config.executing_paranoia()) +
         set("detection_paranoia_level", config.executing_paranoia()) +
         set("inbound_anomaly_score_threshold", config.inbound_threshold) +
         set("outbound_anomaly_score_threshold", config.outbound_threshold) + "\"\n";
}

}  // namespace ravelin::waf
