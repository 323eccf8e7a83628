# Options of every target of ours: zeus_bso_options for code that people wrote, and the sanitizers for all.

add_library(zeus_bso_options INTERFACE)
target_include_directories(zeus_bso_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(zeus_bso_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)

# Clang counts these among -Wconversion, and GCC does not.
target_compile_options(zeus_bso_options INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)

# A fused multiply-add rounds once where NumPy rounds twice: the draws would differ in their last digit.
add_compile_options(-ffp-contract=off -pthread)

if(ZEUS_BSO_SANITIZE)
  # GCC says of its own standard library that it may use what is not initialized, when sanitizers are in the way.
  target_compile_options(zeus_bso_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_compile_options(-fsanitize=${ZEUS_BSO_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ZEUS_BSO_SANITIZE})
endif()

# Linking some twenty test executables against static libraries takes minutes with GNU ld.
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
