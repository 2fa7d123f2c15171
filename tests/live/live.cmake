# One test per file of live tests. Those that measure time or memory run alone.
if(NOT TARGET ravelin)
  return()
endif()

set(runs_alone test_transfer test_life test_reload)
file(GLOB live_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/test_*.py)
foreach(file ${live_files})
  get_filename_component(name ${file} NAME_WE)
  string(REGEX REPLACE "^test_" "" title ${name})
  add_test(NAME "live: ${title}" COMMAND /usr/bin/python3 -m pytest -q --no-header -p no:cacheprovider ${file}
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties("live: ${title}" PROPERTIES LABELS live TIMEOUT 600
                       ENVIRONMENT "RAVELIN_BIN=$<TARGET_FILE:ravelin>;PYTHONDONTWRITEBYTECODE=1")
  if(name IN_LIST runs_alone)
    set_tests_properties("live: ${title}" PROPERTIES RUN_SERIAL ON)
  endif()
endforeach()

add_test(NAME "live: demo" COMMAND ${PROJECT_SOURCE_DIR}/scripts/demo --check)
set_tests_properties("live: demo" PROPERTIES LABELS live TIMEOUT 120 ENVIRONMENT "RAVELIN_BIN=$<TARGET_FILE:ravelin>")
