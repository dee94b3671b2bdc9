# What `make install` puts below PREFIX. The folders' libraries become one archive, libs3reel.a,
# with a pkg-config file that names the libraries it needs.
set(S3REEL_LIBRARY_OBJECTS "")
foreach(folder base io http s3 mp4 media ops segment pipeline app)
  if(TARGET s3reel_${folder})
    list(APPEND S3REEL_LIBRARY_OBJECTS $<TARGET_OBJECTS:s3reel_${folder}>)
  endif()
endforeach()
add_library(s3reel_library STATIC ${S3REEL_LIBRARY_OBJECTS})
set_target_properties(s3reel_library PROPERTIES OUTPUT_NAME s3reel LINKER_LANGUAGE CXX)

configure_file(${CMAKE_CURRENT_LIST_DIR}/s3reel.pc.in ${PROJECT_BINARY_DIR}/s3reel.pc @ONLY)

if(TARGET s3reel)
  install(TARGETS s3reel RUNTIME)
endif()
install(TARGETS s3reel_library ARCHIVE DESTINATION lib)
install(DIRECTORY include/s3reel DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_BINARY_DIR}/s3reel.pc DESTINATION lib/pkgconfig)
install(FILES docs/s3reel.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES tools/completions/bash/s3reel DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES tools/completions/zsh/_s3reel DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES tools/completions/fish/s3reel.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
