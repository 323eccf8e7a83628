#include "server/allocator.h"

#ifdef ZEUS_BSO_TCMALLOC
#include <cstddef>

#include "gperftools/malloc_extension.h"
#endif

namespace zeus::bso {

#ifdef ZEUS_BSO_TCMALLOC

void SetUpAllocator() {
  // What all threads together keep for themselves; tcmalloc's own bound is 32 MiB.
  constexpr size_t kThreadCacheBytes = size_t{8} << 20;
  MallocExtension& allocator = *MallocExtension::instance();
  allocator.SetNumericProperty("tcmalloc.max_total_thread_cache_bytes", kThreadCacheBytes);
  // Pages go back to the system when they are freed: RocksDB's write buffers, most of all, which come in blocks.
  allocator.SetNumericProperty("tcmalloc.aggressive_memory_decommit", 1);
}

#else

void SetUpAllocator() {}

#endif

}  // namespace zeus::bso
