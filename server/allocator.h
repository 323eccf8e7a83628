// The allocator of the process.
#ifndef ZEUS_BSO_SERVER_ALLOCATOR_H_
#define ZEUS_BSO_SERVER_ALLOCATOR_H_

namespace zeus::bso {

// Bounds what tcmalloc keeps of memory that was freed. Does nothing where a sanitizer's allocator takes its place.
void SetUpAllocator();

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_ALLOCATOR_H_
