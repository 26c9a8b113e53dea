# node/packaging/package.cmake - what is installed, and how `cpack` makes packages of it (README.md beside this).
#   program    the binary, its manual pages and completions, the licence
#   service    what Debian's package has beside: unit, configuration, AppArmor profile, maintainer's texts
#   some       libraries that newer Debians lack
#   every      all but those of the C and C++ runtimes; and what a service needs, to be put where that system has it
set(packaging ${CMAKE_CURRENT_LIST_DIR})
set(texts ${CMAKE_CURRENT_BINARY_DIR}/packaging)

# RPATH, and not RUNPATH: it also counts for what the libraries in there need, which stay as Debian has made them.
if(HEDGEWITCH_BUNDLE)
  set_target_properties(hedgewitch PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/hedgewitch")
  target_link_options(hedgewitch PRIVATE -Wl,--disable-new-dtags)
endif()
install(TARGETS hedgewitch RUNTIME DESTINATION bin COMPONENT program)

# The program writes its texts itself, of its own commands and keys. No configuration of this machine has a say.
install(CODE "
  function(printed file)
    execute_process(COMMAND \${CMAKE_COMMAND} -E env --unset=CONFIGURATION_DIRECTORY HOME=${texts} XDG_CONFIG_HOME=${texts}
      XDG_DATA_HOME=${texts} $<TARGET_FILE:hedgewitch> --config /dev/null --state ${texts}/state \${ARGN}
      OUTPUT_FILE ${texts}/\${file} COMMAND_ERROR_IS_FATAL ANY)
  endfunction()
  file(MAKE_DIRECTORY ${texts})
  printed(hedgewitch.1 manual)
  printed(hedgewitch.toml.5 manual --configuration)
  printed(hedgewitch.toml config --example)
  printed(hedgewitch.bash completion bash)
  printed(_hedgewitch completion zsh)
  printed(hedgewitch.fish completion fish)
  foreach(page hedgewitch.1 hedgewitch.toml.5)
    execute_process(COMMAND gzip -9 --no-name --force ${texts}/\${page} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
" COMPONENT program)
install(FILES ${texts}/hedgewitch.1.gz DESTINATION share/man/man1 COMPONENT program)
install(FILES ${texts}/hedgewitch.toml.5.gz DESTINATION share/man/man5 COMPONENT program)
install(FILES ${texts}/hedgewitch.bash RENAME hedgewitch DESTINATION share/bash-completion/completions COMPONENT program)
install(FILES ${texts}/_hedgewitch DESTINATION share/zsh/vendor-completions COMPONENT program)
install(FILES ${texts}/hedgewitch.fish DESTINATION share/fish/vendor_completions.d COMPONENT program)
install(FILES ${packaging}/hedgewitch.desktop DESTINATION share/applications COMPONENT program)  # "hedgewitch:..." in a browser
install(FILES ${packaging}/copyright DESTINATION share/doc/hedgewitch COMPONENT program)

install(FILES ${packaging}/hedgewitch.service DESTINATION lib/systemd/system COMPONENT service EXCLUDE_FROM_ALL)
install(FILES ${texts}/hedgewitch.toml DESTINATION /etc/hedgewitch COMPONENT service EXCLUDE_FROM_ALL)
install(FILES ${packaging}/apparmor-profile RENAME hedgewitch DESTINATION /etc/apparmor.d COMPONENT service EXCLUDE_FROM_ALL)
install(CODE "
  execute_process(COMMAND gzip -9 --no-name --stdout ${packaging}/changelog OUTPUT_FILE ${texts}/changelog.Debian.gz
    COMMAND_ERROR_IS_FATAL ANY)
" COMPONENT service EXCLUDE_FROM_ALL)
install(FILES ${texts}/changelog.Debian.gz DESTINATION share/doc/hedgewitch COMPONENT service EXCLUDE_FROM_ALL)
install(FILES ${packaging}/lintian-overrides RENAME hedgewitch DESTINATION share/lintian/overrides COMPONENT service
        EXCLUDE_FROM_ALL)

# Which libraries, by the first part of their name; with each the licence as Debian states it.
set(lacking opendht sodium miniupnpc spdlog fmt jsoncpp)
string(JOIN "|" lacking_pattern ${lacking})
set(runtime "ld-linux|ld64|c|m|gcc_s|stdc[+][+]|pthread|dl|rt|resolv")
function(bring component only but)
  install(CODE "
    file(REMOVE ${texts}/brought-${component})
    file(GET_RUNTIME_DEPENDENCIES EXECUTABLES $<TARGET_FILE:hedgewitch> RESOLVED_DEPENDENCIES_VAR needed)
    foreach(library \${needed})
      get_filename_component(name \${library} NAME)
      if(name MATCHES \"^(lib)?(${only})[-.]\" AND NOT name MATCHES \"^(lib)?(${but})[-.]\")
        file(REAL_PATH \${library} file)
        file(INSTALL \${file} DESTINATION \${CMAKE_INSTALL_PREFIX}/lib/hedgewitch RENAME \${name})
        get_filename_component(version \${file} NAME)
        execute_process(COMMAND dpkg-query --search */\${version} OUTPUT_VARIABLE owner COMMAND_ERROR_IS_FATAL ANY)
        string(REGEX REPLACE \":.*\" \"\" package \"\${owner}\")
        file(APPEND ${texts}/brought-${component} \"-x\${package}\\n\")
        file(REAL_PATH /usr/share/doc/\${package}/copyright licence)
        file(INSTALL \${licence} DESTINATION \${CMAKE_INSTALL_PREFIX}/share/doc/hedgewitch/libraries RENAME
             \${package}.copyright)
      endif()
    endforeach()
  " COMPONENT ${component} EXCLUDE_FROM_ALL)
endfunction()
if(HEDGEWITCH_BUNDLE)
  bring(some "${lacking_pattern}" "nothing")
  bring(every "[^/]*" "${runtime}")
  install(FILES ${packaging}/hedgewitch.service ${texts}/hedgewitch.toml DESTINATION share/hedgewitch COMPONENT every
          EXCLUDE_FROM_ALL)
endif()

set(CPACK_PACKAGE_NAME hedgewitch)
set(CPACK_PACKAGE_FILE_NAME hedgewitch-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_PACKAGE_VENDOR "Hedgewitch")
set(CPACK_PACKAGE_CONTACT "Hedgewitch <hedgewitch@hedge.invalid>")
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PROJECT_CONFIG_FILE ${packaging}/generators.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION comm)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
if(HEDGEWITCH_BUNDLE)
  # What is brought need not be installed; cpack has no word for that.
  file(CONFIGURE OUTPUT ${texts}/shlibdeps CONTENT "#!/bin/sh\nexec dpkg-shlibdeps $(cat ${texts}/brought-some) \"$@\"\n" @ONLY)
  file(CHMOD ${texts}/shlibdeps PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  set(CPACK_HEDGEWITCH_SHLIBDEPS ${texts}/shlibdeps)
endif()
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "dns-root-data")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "apparmor")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${packaging}/debian/conffiles ${packaging}/debian/postinst
    ${packaging}/debian/prerm ${packaging}/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "serverless SIP node: phones call each other without a provider
Hedgewitch is the SIP edge of your own phones. It finds others by name: among
its own users, in DNS, and in a distributed hash table (OpenDHT) that holds
signed and encrypted contact records. The voice goes from phone to phone, or
through the two homes' own nodes where routers stand between.

Any standard SIP phone will do. Nobody else is in the middle of a call, and
there is no account anywhere.")
set(CPACK_HEDGEWITCH_BUNDLE ${HEDGEWITCH_BUNDLE})
include(CPack)
