# Each check of the sources is one test.
function(ravelin_check name)
  add_test(NAME "check: ${name}" COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties("check: ${name}" PROPERTIES LABELS check TIMEOUT 600
                       ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1;CCACHE_NOHASHDIR=1")
endfunction()

set(headers_compile_alone ${CMAKE_CURRENT_LIST_DIR}/headers_compile_alone)
find_program(RAVELIN_CLANG clang++-14)
find_program(RAVELIN_SYSTEMD_ANALYZE systemd-analyze)

ravelin_check("formatting" scripts/format --check)
ravelin_check("layers" scripts/check_layers)
ravelin_check("style" scripts/check_style --stats)
ravelin_check("cited tests" ${CMAKE_CURRENT_LIST_DIR}/cited_tests)
ravelin_check("reasons" ${CMAKE_CURRENT_LIST_DIR}/reasons)
ravelin_check("the checks themselves" /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/checks)
ravelin_check("headers compile alone (g++)" ${headers_compile_alone} g++ include src modules)
if(RAVELIN_CLANG)
  ravelin_check("public headers compile alone (clang)" ${headers_compile_alone} ${RAVELIN_CLANG} include)
endif()
if(RAVELIN_SYSTEMD_ANALYZE)
  ravelin_check("systemd unit" ${CMAKE_CURRENT_LIST_DIR}/systemd_unit)
endif()
