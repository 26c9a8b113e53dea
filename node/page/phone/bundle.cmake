# node/page/phone/bundle.cmake - the softphone for browsers, put into the program as bytes. Included by CMakeLists.txt it
# adds the step; run as a script (cmake -P) it is that step. npm fetches what package-lock.json pins; where there is no
# npm, or it gets nothing (no network), Hedgewitch is built without the phone, and /phone says so.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  find_program(NPM npm)
  find_program(NODE_JS NAMES node nodejs)
  option(HEDGEWITCH_PHONE "The phone for browsers, at /phone (npm fetches SIP.js and esbuild while it is built)" ON)
  set(with_phone ${HEDGEWITCH_PHONE})
  if(with_phone AND NOT (NPM AND NODE_JS))  # no default of the option: that would be kept when npm has come
    message(STATUS "npm is not installed: the phone for browsers is left out")
    set(with_phone OFF)
  endif()
  set(phone ${CMAKE_CURRENT_SOURCE_DIR}/node/page/phone)
  set(bundled ${CMAKE_CURRENT_BINARY_DIR}/phone/phone_files.cpp)
  file(GLOB_RECURSE parts CONFIGURE_DEPENDS ${phone}/*.js ${phone}/*.css ${phone}/*.html ${phone}/../texts/*.json)
  add_custom_command(OUTPUT ${bundled}
    COMMAND ${CMAKE_COMMAND} -DPHONE=${with_phone} -DNPM=${NPM} -DNODE_JS=${NODE_JS} -DOUTPUT=${bundled}
            -P ${CMAKE_CURRENT_LIST_FILE}
    DEPENDS ${parts} ${phone}/bundle.mjs ${phone}/bundle.cmake ${phone}/package.json ${phone}/package-lock.json
    COMMENT "" VERBATIM)
  target_sources(node PRIVATE ${bundled})
  return()
endif()

function(without why)
  if(why)
    message("The phone for browsers is left out: ${why}")
  endif()
  file(WRITE ${OUTPUT} "// Made by node/page/phone/bundle.cmake, without npm.
#include \"node/page/phone/phone_files.hpp\"

namespace node {

std::span<const PhoneFile> phone_files() {
    return {};
}

}  // namespace node
")
endfunction()

if(NOT PHONE)
  without("")
  return()
endif()
get_filename_component(folder ${OUTPUT} DIRECTORY)
file(MAKE_DIRECTORY ${folder})
set(lock ${CMAKE_CURRENT_LIST_DIR}/package-lock.json)
file(SHA256 ${lock} wanted)
set(fetched)
if(EXISTS ${folder}/fetched)
  file(READ ${folder}/fetched fetched)
endif()
if(NOT fetched STREQUAL wanted)
  file(COPY ${lock} ${CMAKE_CURRENT_LIST_DIR}/package.json DESTINATION ${folder})
  # Scripts of packages are never run; a registry that does not answer costs half a minute at the most.
  execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --prefer-offline --fetch-retries=1 --fetch-retry-mintimeout=1000
                          --fetch-retry-maxtimeout=2000 --fetch-timeout=15000
    WORKING_DIRECTORY ${folder} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said TIMEOUT 90)
  if(failed)
    string(REGEX MATCH "(E[A-Z]+|[^\n]*error[^\n]*)" why "${said}")
    without("npm could not fetch it (${why}). To try again: rm ${OUTPUT}")
    return()
  endif()
  file(WRITE ${folder}/fetched ${wanted})
endif()
execute_process(COMMAND ${NODE_JS} ${CMAKE_CURRENT_LIST_DIR}/bundle.mjs ${OUTPUT} RESULT_VARIABLE failed)
if(failed)
  file(REMOVE ${OUTPUT})
  message(FATAL_ERROR "node/page/phone/bundle.mjs failed: ${failed}")
endif()
