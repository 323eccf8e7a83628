# Precompiled headers of the libraries, with clang. CMake's own target_precompile_headers names files by their place in
# the build directory, so that the compiler cache, which hashes what is precompiled, would serve no other clone. These
# depend on nothing but the compiler, its flags and the system's headers.
#
# A file still includes all that it uses, as other compilers get no precompiled headers.

set(ZEUS_BSO_PCH_HEADERS
  algorithm chrono functional map memory optional string thread utility variant vector
  absl/status/statusor.h absl/strings/str_cat.h absl/strings/str_join.h absl/synchronization/mutex.h absl/time/time.h
  google/protobuf/message.h google/protobuf/generated_message_reflection.h google/protobuf/extension_set.h
  google/protobuf/map_field_inl.h google/protobuf/unknown_field_set.h google/protobuf/timestamp.pb.h
  google/protobuf/duration.pb.h)

# The flags that must be the same where a header is precompiled and where it is used.
string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
set(flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}}")
separate_arguments(flags UNIX_COMMAND "${flags}")
get_property(options DIRECTORY PROPERTY COMPILE_OPTIONS)
set(ZEUS_BSO_PCH_FLAGS ${flags} ${options} -std=c++20)

# zeus_bso_precompile(NAME FLAG...): precompiles the headers above and gRPC's, with further flags.
function(zeus_bso_precompile name)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    return()
  endif()
  list(TRANSFORM ZEUS_BSO_PCH_HEADERS PREPEND "-include;" OUTPUT_VARIABLE includes)
  set(output ${PROJECT_BINARY_DIR}/pch/${name}.pch)
  list(JOIN ZEUS_BSO_PCH_FLAGS " " command)
  list(JOIN includes " " includes)
  list(JOIN ARGN " " extra)
  add_custom_command(
    OUTPUT ${output}
    # Both the working directory and the name of the output would be part of it.
    COMMAND sh -c "cd / && ${CMAKE_CXX_COMPILER} ${command} ${extra} -Xclang -fno-pch-timestamp -fpch-instantiate-templates ${includes} -x c++-header ${GRPCPP_DIR}/grpcpp/grpcpp.h -o - >${output}"
    COMMENT "Precompiling headers: ${name}"
    VERBATIM)
  add_custom_target(zeus_bso_pch_${name} DEPENDS ${output})
endfunction()

# zeus_bso_use_pch(TARGET NAME): TARGET is compiled with these precompiled headers, and the flags that they were made
# with.
function(zeus_bso_use_pch target name)
  if(NOT TARGET zeus_bso_pch_${name})
    return()
  endif()
  target_compile_options(${target} PRIVATE "SHELL:-include-pch ${PROJECT_BINARY_DIR}/pch/${name}.pch")
  add_dependencies(${target} zeus_bso_pch_${name})
endfunction()

find_path(GRPCPP_DIR grpcpp/grpcpp.h REQUIRED)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/pch)
zeus_bso_precompile(code)
zeus_bso_precompile(client -fPIC)
zeus_bso_precompile(tests -O0 -include catch2/catch.hpp)
