namespace OutreachRelay.Policy.Rotate;

/// <summary>Seats by rank, the first at the top, with each seat's place known: taking, moving and removing cost the logarithm of their number.</summary>
/// <param name="capacity">Seats are numbered from 0 up to it.</param>
/// <param name="isBefore">Whether the first seat ranks before the second; only seats in the heap are compared.</param>
internal sealed class SenderHeap(int capacity, Func<int, int, bool> isBefore)
{
    private readonly int[] _heap = new int[capacity];

    // A seat's place plus one; 0: it is not here.
    private readonly int[] _places = new int[capacity];

    public int Count { get; private set; }

    /// <summary>The first seat.</summary>
    public int Top => _heap[0];

    public bool Contains(int seat) => _places[seat] != 0;

    public void Add(int seat)
    {
        Put(Count++, seat);
        Up(Count - 1);
    }

    public void Remove(int seat)
    {
        var place = _places[seat] - 1;
        _places[seat] = 0;
        var last = _heap[--Count];
        if (place == Count)
            return;
        Put(place, last);
        Update(last);
    }

    /// <summary>Puts a seat right whose rank has changed.</summary>
    public void Update(int seat)
    {
        Up(_places[seat] - 1);
        Down(_places[seat] - 1);
    }

    private void Up(int place)
    {
        var seat = _heap[place];
        while (place > 0 && isBefore(seat, _heap[(place - 1) / 2]))
        {
            Put(place, _heap[(place - 1) / 2]);
            place = (place - 1) / 2;
        }
        Put(place, seat);
    }

    private void Down(int place)
    {
        var seat = _heap[place];
        while ((place * 2) + 1 is var child && child < Count)
        {
            if (child + 1 < Count && isBefore(_heap[child + 1], _heap[child]))
                child++;
            if (!isBefore(_heap[child], seat))
                break;
            Put(place, _heap[child]);
            place = child;
        }
        Put(place, seat);
    }

    private void Put(int place, int seat)
    {
        _heap[place] = seat;
        _places[seat] = place + 1;
    }
}
