// names: direct_page_fault.lock is there
string MyLock() => "direct_page_fault.lock";
